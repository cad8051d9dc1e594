package dev.tropical.engine.model;

/**
 * How a runner holds and batches its model, whatever computes it.
 *
 * @param loadFormat where the weights come from
 * @param maxModelLen tokens of prompt and completion together; 0 = as many as the model was made
 *     for
 * @param blockSize tokens of a KV block; a power of two
 * @param numBlocks KV blocks of the pool; 0 = as many as {@code kvCacheBytes} holds
 * @param kvCacheBytes size of the pool; 0 = what the rest leaves of {@code memoryUtilization} of
 *     the memory, at most what {@code maxNumSeqs} sequences of {@code maxModelLen} tokens fill
 * @param memoryUtilization in (0, 1]
 * @param maxNumSeqs slots
 * @param maxStepTokens largest number of input tokens in one step
 */
public record RunnerOptions(
        LoadFormat loadFormat,
        int maxModelLen,
        int blockSize,
        int numBlocks,
        long kvCacheBytes,
        double memoryUtilization,
        int maxNumSeqs,
        int maxStepTokens) {
    public RunnerOptions {
        require(maxModelLen >= 0, "maxModelLen", maxModelLen, "0 or more");
        require(
                blockSize >= 1 && Integer.bitCount(blockSize) == 1,
                "blockSize",
                blockSize,
                "a power of two");
        require(numBlocks >= 0, "numBlocks", numBlocks, "0 or more");
        require(kvCacheBytes >= 0, "kvCacheBytes", kvCacheBytes, "0 or more");
        require(
                memoryUtilization > 0 && memoryUtilization <= 1,
                "memoryUtilization",
                memoryUtilization,
                "in (0, 1]");
        require(maxNumSeqs >= 1, "maxNumSeqs", maxNumSeqs, "1 or more");
        require(maxStepTokens >= 1, "maxStepTokens", maxStepTokens, "1 or more");
    }

    /**
     * @throws IllegalArgumentException naming the option, unless it is valid
     */
    public static void require(boolean isValid, String name, Number value, String expected) {
        if (!isValid) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /**
     * Tokens of prompt and completion together.
     *
     * @throws ModelLoadException when the options ask for more than the model was made for
     */
    public int maxModelLen(ModelConfig config) throws ModelLoadException {
        if (maxModelLen > config.maxPositions()) {
            throw new ModelLoadException(
                    "max-model-len: "
                            + maxModelLen
                            + " (expected: at most the model's "
                            + config.maxPositions()
                            + ")");
        }
        return maxModelLen == 0 ? config.maxPositions() : maxModelLen;
    }

    /**
     * KV blocks that the options ask for, whether or not there is memory for them.
     *
     * @param blockBytes size of one
     * @param budget bytes that the pool may take if the options name no size
     */
    public long blocks(int maxModelLen, long blockBytes, long budget) {
        if (numBlocks > 0) {
            return numBlocks;
        }
        if (kvCacheBytes > 0) {
            return kvCacheBytes / blockBytes;
        }
        int perSequence = (maxModelLen + blockSize - 1) / blockSize;
        return Math.min(Math.max(0, budget / blockBytes), (long) perSequence * maxNumSeqs);
    }

    /**
     * What a runner says of itself.
     *
     * @throws ModelLoadException when blocks are too large to be addressed
     */
    public ModelSpec spec(ModelConfig config, int maxModelLen, int blocks, long blockBytes)
            throws ModelLoadException {
        if (blockBytes > Integer.MAX_VALUE) {
            throw new ModelLoadException(
                    "block-size: "
                            + blockSize
                            + " makes blocks of "
                            + blockBytes
                            + " bytes (expected: fewer than 2^31)");
        }
        return new ModelSpec(
                config.architecture().configName(),
                config.vocabSize(),
                maxModelLen,
                blockSize,
                blocks,
                (int) blockBytes,
                maxNumSeqs,
                maxStepTokens);
    }
}
