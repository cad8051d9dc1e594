package dev.tropical.engine.cpu;

/**
 * How a CPU engine runs its model.
 *
 * @param loadFormat where the weights come from
 * @param maxModelLen tokens of prompt and completion together; 0 = as many as the model was made
 *     for
 * @param blockSize tokens of a KV block; a power of two
 * @param numBlocks KV blocks of the pool; 0 = as many as {@code kvCacheBytes} holds
 * @param kvCacheBytes size of the pool; 0 = {@code memoryUtilization} of the heap that the weights
 *     leave, at most what {@code maxNumSeqs} sequences of {@code maxModelLen} tokens fill
 * @param memoryUtilization in (0, 1]
 * @param maxNumSeqs slots
 * @param maxStepTokens largest number of input tokens in one step
 * @param threads that compute; 0 = one a core
 * @param dummySeed of {@link LoadFormat#DUMMY} weights
 */
public record CpuOptions(
        LoadFormat loadFormat,
        int maxModelLen,
        int blockSize,
        int numBlocks,
        long kvCacheBytes,
        double memoryUtilization,
        int maxNumSeqs,
        int maxStepTokens,
        int threads,
        long dummySeed) {
    public CpuOptions {
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
        require(threads >= 0, "threads", threads, "0 or more");
    }

    private static void require(boolean isValid, String name, Number value, String expected) {
        if (!isValid) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
