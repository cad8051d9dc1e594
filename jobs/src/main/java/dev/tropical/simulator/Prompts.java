package dev.tropical.simulator;

import dev.tropical.protocol.wire.Submit;
import java.util.ArrayList;
import java.util.List;

/**
 * Prompts of zeros: a cost model does not care what they say. Put together of lists whose lengths
 * are powers of two, which protobuf copies whole: a million prompts are two billion tokens.
 */
final class Prompts {
    private static final int LARGEST = 17;
    private static final List<List<Integer>> ZEROS = zeros();

    private Prompts() {}

    private static List<List<Integer>> zeros() {
        List<List<Integer>> zeros = new ArrayList<>();
        Submit.Builder submit = Submit.newBuilder().addPromptTokenIds(0);
        for (int i = 0; i <= LARGEST; i++) {
            List<Integer> tokens = submit.build().getPromptTokenIdsList();
            zeros.add(tokens);
            submit.addAllPromptTokenIds(tokens);
        }
        return List.copyOf(zeros);
    }

    /** Gives a request a prompt of so many tokens. */
    static Submit.Builder add(Submit.Builder submit, int tokens) {
        int left = tokens;
        for (int i = LARGEST; i >= 0; i--) {
            for (; left >= 1 << i; left -= 1 << i) {
                submit.addAllPromptTokenIds(ZEROS.get(i));
            }
        }
        return submit;
    }
}
