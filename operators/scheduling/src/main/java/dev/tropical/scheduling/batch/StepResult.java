package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a step gave, entry by entry in the plan's order.
 *
 * @param number the plan's number
 * @param sampledTokenIds [entries]; -1 where the plan asked for none
 * @param logprobs empty when no sequence of the step asked for them; else [entries], default
 *     instances where none
 * @param promptLogprobs by entry, of those that sampled the first token of a sequence that asked
 *     for them: one for each token of the prompt but the first
 * @param durationNs the step's own time on the device
 */
public record StepResult(
        long number,
        int[] sampledTokenIds,
        List<TokenLogprobs> logprobs,
        Map<Integer, List<TokenLogprobs>> promptLogprobs,
        long durationNs) {

    /** Of a runner that scores no prompts. */
    public StepResult(
            long number, int[] sampledTokenIds, List<TokenLogprobs> logprobs, long durationNs) {
        this(number, sampledTokenIds, logprobs, Map.of(), durationNs);
    }

    public StepResult {
        logprobs = List.copyOf(logprobs);
        promptLogprobs = Map.copyOf(promptLogprobs);
        if (!logprobs.isEmpty() && logprobs.size() != sampledTokenIds.length) {
            throw new IllegalArgumentException(
                    "logprobs: "
                            + logprobs.size()
                            + " (expected: 0 or "
                            + sampledTokenIds.length
                            + " for "
                            + Arrays.toString(sampledTokenIds)
                            + ")");
        }
    }
}
