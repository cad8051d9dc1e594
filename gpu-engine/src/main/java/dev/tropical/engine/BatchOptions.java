package dev.tropical.engine;

/**
 * What goes into a step.
 *
 * @param maxNumSeqs sequences that may run at once
 * @param maxNumBatchedTokens input tokens of one step; at least {@code maxNumSeqs}, so that every
 *     decode has its token in each step
 * @param isChunkedPrefill whether a prompt may be split to fill a step
 */
record BatchOptions(int maxNumSeqs, int maxNumBatchedTokens, boolean isChunkedPrefill) {
    BatchOptions {
        Checks.atLeast("max-num-seqs", maxNumSeqs, 1);
        if (maxNumBatchedTokens < maxNumSeqs) {
            throw new IllegalArgumentException(
                    "max-num-batched-tokens: "
                            + maxNumBatchedTokens
                            + " (expected: at least max-num-seqs, "
                            + maxNumSeqs
                            + ")");
        }
    }
}
