package dev.tropical.engine;

/**
 * The KV cache.
 *
 * @param blockSize tokens of a block; a power of two
 * @param numBlocks blocks; 0 = as many as {@code kvCacheBytes} holds
 * @param kvCacheBytes its size; 0 = from the memory that the weights leave
 * @param memoryUtilization fraction of the device's memory to use, in (0, 1]
 * @param isPrefixCaching whether prompts with equal beginnings share blocks
 */
record CacheOptions(
        int blockSize,
        int numBlocks,
        long kvCacheBytes,
        double memoryUtilization,
        boolean isPrefixCaching) {
    CacheOptions {
        if (blockSize < 1 || Integer.bitCount(blockSize) != 1) {
            throw new IllegalArgumentException(
                    "block-size: " + blockSize + " (expected: a power of two)");
        }
        Checks.atLeast("num-blocks", numBlocks, 0);
        Checks.atLeast("kv-cache-bytes", kvCacheBytes, 0);
        if (numBlocks > 0 && kvCacheBytes > 0) {
            throw new IllegalArgumentException(
                    "num-blocks: "
                            + numBlocks
                            + ", kv-cache-bytes: "
                            + kvCacheBytes
                            + " (expected: one of the two)");
        }
        if (!(memoryUtilization > 0 && memoryUtilization <= 1)) {
            throw new IllegalArgumentException(
                    "gpu-memory-utilization: "
                            + memoryUtilization
                            + " (expected: above 0, at most 1)");
        }
    }
}
