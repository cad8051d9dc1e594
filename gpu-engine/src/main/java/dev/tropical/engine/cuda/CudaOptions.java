package dev.tropical.engine.cuda;

import java.nio.file.Path;

/**
 * How a CUDA engine runs its model.
 *
 * @param hasDummyWeights whether weights are random instead of the folder's
 * @param maxModelLen tokens of prompt and completion together; 0 = as many as the model was made
 *     for
 * @param blockSize tokens of a KV block; a power of two
 * @param numBlocks KV blocks of the pool; 0 = as many as {@code kvCacheBytes} holds
 * @param kvCacheBytes size of the pool; 0 = what weights and activations leave of {@code
 *     memoryUtilization} of the GPU, at most what {@code maxNumSeqs} sequences of {@code
 *     maxModelLen} tokens fill
 * @param memoryUtilization in (0, 1]
 * @param maxNumSeqs slots
 * @param maxStepTokens largest number of input tokens in one step
 * @param gpu which one, counted round those that there are
 * @param kernelCache folder of compiled kernels
 */
public record CudaOptions(
        boolean hasDummyWeights,
        int maxModelLen,
        int blockSize,
        int numBlocks,
        long kvCacheBytes,
        double memoryUtilization,
        int maxNumSeqs,
        int maxStepTokens,
        int gpu,
        Path kernelCache) {
    public CudaOptions {
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
        require(gpu >= 0, "gpu", gpu, "0 or more");
        require(maxStepTokens >= 1, "maxStepTokens", maxStepTokens, "1 or more");
    }

    private static void require(boolean isValid, String name, Number value, String expected) {
        if (!isValid) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
