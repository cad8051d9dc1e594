package dev.tropical.scheduling.batch;

import dev.tropical.scheduling.cost.StepShape;
import java.util.List;

/**
 * One forward pass over a ragged batch: single tokens of decodes first, then chunks of prompts.
 *
 * @param number grows by one with each step of an engine
 * @param entries never empty; at most one entry a slot
 */
public record StepPlan(long number, List<Entry> entries) {

    /**
     * A sequence's part of the step.
     *
     * @param slot the sequence's device state, in [0, maxNumSeqs); bound before its first step
     * @param tokenIds the input tokens [length]; empty when {@code isContinuation}
     * @param isContinuation the one input token is what the slot's previous step sampled; it may
     *     still be on the device
     * @param start position of the first input token = tokens of the sequence whose KV is already
     *     cached
     * @param length number of input tokens, at least 1
     * @param blockTable block ids [ceil((start + length) / blockSize)] that hold positions [0,
     *     start + length)
     * @param isSampled whether a token is drawn from the last input token's logits; false for all
     *     chunks but a prompt's last
     */
    public record Entry(
            int slot,
            int[] tokenIds,
            boolean isContinuation,
            int start,
            int length,
            int[] blockTable,
            boolean isSampled) {
        public Entry {
            if (slot < 0 || start < 0 || length < 1) {
                throw new IllegalArgumentException(
                        "slot "
                                + slot
                                + ", start "
                                + start
                                + ", length "
                                + length
                                + " (expected: >= 0, >= 0, >= 1)");
            }
            if (isContinuation ? length != 1 || tokenIds.length != 0 : tokenIds.length != length) {
                throw new IllegalArgumentException(
                        "tokenIds: "
                                + tokenIds.length
                                + " (expected: "
                                + (isContinuation ? 0 : length)
                                + ")");
            }
        }
    }

    public StepPlan {
        entries = List.copyOf(entries);
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("entries: none (expected: at least one)");
        }
    }

    /** What the step's time depends on; a single token after others counts as a decode. */
    public StepShape shape() {
        long prefillTokens = 0;
        double prefillContext = 0;
        int decodes = 0;
        long decodeContext = 0;
        for (Entry entry : entries) {
            if (entry.length() == 1 && entry.start() > 0) {
                decodes++;
                decodeContext += entry.start() + 1;
            } else {
                prefillTokens += entry.length();
                prefillContext += entry.length() * (entry.start() + entry.length() / 2.0);
            }
        }
        return new StepShape(prefillTokens, prefillContext, decodes, decodeContext);
    }
}
