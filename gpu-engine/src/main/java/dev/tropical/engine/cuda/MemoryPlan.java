package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;

/** Decides how long sequences may be and how many KV blocks there are. */
final class MemoryPlan {
    private MemoryPlan() {}

    /**
     * Tokens of prompt and completion together.
     *
     * @throws ModelLoadException when the options ask for more than the model was made for
     */
    static int maxModelLen(ModelConfig config, CudaOptions options) throws ModelLoadException {
        int length = options.maxModelLen() == 0 ? config.maxPositions() : options.maxModelLen();
        if (length > config.maxPositions()) {
            throw new ModelLoadException(
                    "max-model-len: "
                            + length
                            + " (expected: at most the model's "
                            + config.maxPositions()
                            + ")");
        }
        return length;
    }

    /**
     * What the pool is made for, after weights and activations have their memory.
     *
     * @param memory of the GPU
     * @throws ModelLoadException when less than one sequence fits
     */
    static ModelSpec spec(
            ModelConfig config,
            CudaOptions options,
            KvLayout layout,
            int maxModelLen,
            GpuMemory memory)
            throws ModelLoadException {
        long blockBytes = layout.blockBytes();
        if (blockBytes > Integer.MAX_VALUE) {
            throw new ModelLoadException(
                    "block-size: "
                            + options.blockSize()
                            + " makes blocks of "
                            + blockBytes
                            + " bytes (expected: fewer than 2^31)");
        }
        // What other processes have taken is no part of this one's share: several engines may share
        // a GPU.
        long share = (long) (memory.total() * options.memoryUtilization());
        long budget = Math.min(memory.free(), share - memory.own());
        int perSequence = (maxModelLen + options.blockSize() - 1) / options.blockSize();
        long blocks = options.numBlocks();
        if (blocks == 0 && options.kvCacheBytes() > 0) {
            blocks = options.kvCacheBytes() / blockBytes;
        } else if (blocks == 0) {
            long fitting = Math.max(0, budget / blockBytes);
            blocks = Math.min(fitting, (long) perSequence * options.maxNumSeqs());
        }
        if (blocks < 1 || blocks * blockBytes > memory.free()) {
            throw new ModelLoadException(
                    "KV cache: "
                            + blocks
                            + " blocks of "
                            + blockBytes
                            + " bytes (expected: at least one, and all within the "
                            + (memory.free() >> 20)
                            + " MiB that are free; the GPU has "
                            + (memory.total() >> 20)
                            + " MiB, gpu-memory-utilization "
                            + options.memoryUtilization()
                            + " of it less "
                            + (memory.own() >> 20)
                            + " MiB of this engine's weights and activations leaves "
                            + (budget >> 20)
                            + ")");
        }
        return new ModelSpec(
                config.architecture().configName(),
                config.vocabSize(),
                maxModelLen,
                options.blockSize(),
                (int) blocks,
                (int) blockBytes,
                options.maxNumSeqs(),
                options.maxStepTokens());
    }
}
