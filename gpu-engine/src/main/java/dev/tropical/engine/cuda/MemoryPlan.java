package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.model.RunnerOptions;

/** Decides how many KV blocks there are. */
final class MemoryPlan {
    private MemoryPlan() {}

    /**
     * What the pool is made for, after weights and activations have their memory.
     *
     * @param memory of the GPU
     * @param reserved bytes that are to be left for what is allocated later
     * @throws ModelLoadException when not one block fits
     */
    static ModelSpec spec(
            ModelConfig config,
            RunnerOptions options,
            KvLayout layout,
            GpuMemory memory,
            long reserved)
            throws ModelLoadException {
        int maxModelLen = options.maxModelLen(config);
        long blockBytes = layout.blockBytes();
        // What other processes have taken is no part of this one's share: several engines may share
        // a GPU.
        long share = (long) (memory.total() * options.memoryUtilization());
        long budget = Math.min(memory.free(), share - memory.own()) - reserved;
        long blocks = options.blocks(maxModelLen, blockBytes, budget);
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
                            + " MiB of this engine's weights and activations and "
                            + (reserved >> 20)
                            + " MiB for links leaves "
                            + (budget >> 20)
                            + ")");
        }
        return options.spec(config, maxModelLen, (int) blocks, blockBytes);
    }
}
