package dev.tropical.scheduling.batch;

/**
 * Limits of an engine's batches.
 *
 * @param maxNumBatchedTokens input tokens of one step, the budget; at least {@code maxNumSeqs} so
 *     that every decode gets its token in each step
 * @param maxNumSeqs slots: sequences that may be in steps at once
 * @param maxModelLen tokens of prompt and completion together
 * @param isChunkedPrefill whether a prompt may be split to fill a step's budget; if not, a prompt
 *     goes whole into one step, and only one that is longer than the budget is split
 * @param maxPrefills prompts that may be under way at once; 1 on a prefill engine, whose times are
 *     to stay predictable
 * @param watermarkBlocks blocks that admission leaves free while anything runs, so that the
 *     residents' next tokens do not preempt the newcomer at once
 * @param isPromptFirst whether prompts that can run do so in steps without decodes, before any
 *     decode: vLLM's rule before it knew chunked prefill; else decodes go first in every step
 */
public record BatchConfig(
        int maxNumBatchedTokens,
        int maxNumSeqs,
        int maxModelLen,
        boolean isChunkedPrefill,
        int maxPrefills,
        int watermarkBlocks,
        boolean isPromptFirst) {
    /** Decodes first in each step. */
    public BatchConfig(
            int maxNumBatchedTokens,
            int maxNumSeqs,
            int maxModelLen,
            boolean isChunkedPrefill,
            int maxPrefills,
            int watermarkBlocks) {
        this(
                maxNumBatchedTokens,
                maxNumSeqs,
                maxModelLen,
                isChunkedPrefill,
                maxPrefills,
                watermarkBlocks,
                false);
    }

    public BatchConfig {
        positive("maxNumSeqs", maxNumSeqs);
        positive("maxModelLen", maxModelLen);
        positive("maxPrefills", maxPrefills);
        if (maxNumBatchedTokens < maxNumSeqs) {
            throw new IllegalArgumentException(
                    "maxNumBatchedTokens: "
                            + maxNumBatchedTokens
                            + " (expected: >= maxNumSeqs "
                            + maxNumSeqs
                            + ")");
        }
        if (watermarkBlocks < 0) {
            throw new IllegalArgumentException(
                    "watermarkBlocks: " + watermarkBlocks + " (expected: >= 0)");
        }
    }

    private static void positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
        }
    }
}
