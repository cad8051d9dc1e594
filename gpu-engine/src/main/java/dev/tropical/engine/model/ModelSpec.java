package dev.tropical.engine.model;

/**
 * A loaded model's shapes and limits.
 *
 * @param architecture as config.json names it
 * @param vocabSize number of logits
 * @param maxModelLen tokens of prompt and completion together
 * @param blockSize tokens of a KV block
 * @param numBlocks KV blocks of the pool
 * @param blockBytes bytes of a KV block over all layers
 * @param maxNumSeqs slots
 * @param maxStepTokens largest number of input tokens in one step
 */
public record ModelSpec(
        String architecture,
        int vocabSize,
        int maxModelLen,
        int blockSize,
        int numBlocks,
        int blockBytes,
        int maxNumSeqs,
        int maxStepTokens) {
    /** The same with another pool. */
    public ModelSpec withNumBlocks(int newNumBlocks) {
        return new ModelSpec(
                architecture,
                vocabSize,
                maxModelLen,
                blockSize,
                newNumBlocks,
                blockBytes,
                maxNumSeqs,
                maxStepTokens);
    }

    /** The same with blocks of another size. */
    public ModelSpec withBlockBytes(int newBlockBytes) {
        return new ModelSpec(
                architecture,
                vocabSize,
                maxModelLen,
                blockSize,
                numBlocks,
                newBlockBytes,
                maxNumSeqs,
                maxStepTokens);
    }

    public ModelSpec {
        if (vocabSize < 1
                || maxModelLen < 1
                || blockSize < 1
                || numBlocks < 1
                || blockBytes < 1
                || maxNumSeqs < 1) {
            throw new IllegalArgumentException(
                    "vocabSize "
                            + vocabSize
                            + ", maxModelLen "
                            + maxModelLen
                            + ", blockSize "
                            + blockSize
                            + ", numBlocks "
                            + numBlocks
                            + ", blockBytes "
                            + blockBytes
                            + ", maxNumSeqs "
                            + maxNumSeqs
                            + " (expected: all positive)");
        }
    }
}
