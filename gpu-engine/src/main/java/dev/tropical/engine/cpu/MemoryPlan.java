package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;

/** Decides how long sequences may be and how many KV blocks there are. */
final class MemoryPlan {
    private MemoryPlan() {}

    /**
     * @throws ModelLoadException when the options do not fit the model or the heap
     */
    static ModelSpec spec(ModelConfig config, CpuOptions options) throws ModelLoadException {
        int maxModelLen =
                options.maxModelLen() == 0 ? config.maxPositions() : options.maxModelLen();
        if (maxModelLen > config.maxPositions()) {
            throw new ModelLoadException(
                    "max-model-len: "
                            + maxModelLen
                            + " (expected: at most the model's "
                            + config.maxPositions()
                            + ")");
        }
        long blockBytes = KvPool.blockBytes(config, options.blockSize());
        if (blockBytes > Integer.MAX_VALUE) {
            throw new ModelLoadException(
                    "block-size: "
                            + options.blockSize()
                            + " makes blocks of "
                            + blockBytes
                            + " bytes (expected: fewer than 2^31)");
        }
        return new ModelSpec(
                config.architecture().configName(),
                config.vocabSize(),
                maxModelLen,
                options.blockSize(),
                numBlocks(options, maxModelLen, blockBytes),
                (int) blockBytes,
                options.maxNumSeqs(),
                options.maxStepTokens());
    }

    private static int numBlocks(CpuOptions options, int maxModelLen, long blockBytes)
            throws ModelLoadException {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
        long blocks = options.numBlocks();
        if (blocks == 0 && options.kvCacheBytes() > 0) {
            blocks = options.kvCacheBytes() / blockBytes;
        } else if (blocks == 0) {
            int perSequence = (maxModelLen + options.blockSize() - 1) / options.blockSize();
            long fits = (long) (free * options.memoryUtilization()) / blockBytes;
            blocks = Math.min(fits, (long) perSequence * options.maxNumSeqs());
        }
        if (blocks < 1 || blocks > Integer.MAX_VALUE || blocks * blockBytes > free) {
            throw new ModelLoadException(
                    "KV cache: "
                            + blocks
                            + " blocks of "
                            + blockBytes
                            + " bytes (expected: at least one, and all within the "
                            + (free >> 20)
                            + " MiB that the weights leave of the heap)");
        }
        return (int) blocks;
    }
}
