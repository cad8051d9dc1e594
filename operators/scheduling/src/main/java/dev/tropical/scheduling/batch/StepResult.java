package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.Arrays;
import java.util.List;

/**
 * What a step gave, entry by entry in the plan's order.
 *
 * @param number the plan's number
 * @param sampledTokenIds [entries]; -1 where the plan asked for none
 * @param logprobs empty when no sequence of the step asked for them; else [entries], default
 *     instances where none
 * @param durationNs the step's own time on the device
 */
public record StepResult(
        long number, int[] sampledTokenIds, List<TokenLogprobs> logprobs, long durationNs) {
    public StepResult {
        logprobs = List.copyOf(logprobs);
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
