package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.Submit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Submits for tests. */
final class Requests {
    private Requests() {}

    static SequenceKey key(String id) {
        return SequenceKey.newBuilder().setRequestId(id).build();
    }

    /** A prompt of so many tokens, decoded where it is prefilled, ended by max_tokens alone. */
    static Submit submit(String id, int promptTokens, int maxTokens) {
        return builder(id, promptTokens, maxTokens).build();
    }

    static Submit.Builder builder(String id, int promptTokens, int maxTokens) {
        Submit.Builder submit =
                Submit.newBuilder()
                        .setKey(key(id))
                        .setFirstTokenAgeNs(-1)
                        .setPlacement(DecodePlacement.DECODE_HERE)
                        .setSlo(Slo.newBuilder().setTtftNs(1_000_000).setTpotNs(1_000))
                        .setSampling(SamplingParams.newBuilder().setMaxTokens(maxTokens));
        for (int i = 0; i < promptTokens; i++) {
            submit.addPromptTokenIds(Math.floorMod(31 * id.hashCode() + 7 * i, 89));
        }
        return submit;
    }

    static Sequence sequence(String id, int promptTokens, int maxTokens) {
        return new Sequence(submit(id, promptTokens, maxTokens), 0);
    }

    /** What every engine must generate for a request, whatever else it does. */
    static List<Integer> expected(Submit submit, int maxSequenceTokens) {
        SamplingParams sampling = submit.getSampling();
        List<Integer> tokens = new ArrayList<>(submit.getPromptTokenIdsList());
        tokens.addAll(submit.getGeneratedTokenIdsList());
        int prompt = submit.getPromptTokenIdsCount();
        while (true) {
            int token = FakeRunner.sample(tokens.stream().mapToInt(i -> i).toArray());
            tokens.add(token);
            int generated = tokens.size() - prompt;
            boolean isStop =
                    generated >= sampling.getMinTokens()
                            && (sampling.getStopTokenIdsList().contains(token)
                                    || (!sampling.getIgnoreEos()
                                            && sampling.getEosTokenIdsList().contains(token)));
            if (isStop
                    || generated >= sampling.getMaxTokens()
                    || tokens.size() >= maxSequenceTokens) {
                return tokens.subList(prompt, tokens.size());
            }
        }
    }

    static List<Integer> generated(Sequence sequence) {
        return Arrays.stream(sequence.generated(0)).boxed().toList();
    }
}
