package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.model.RunnerOptions;

/** Decides how many KV blocks there are. */
final class MemoryPlan {
    private MemoryPlan() {}

    /**
     * @throws ModelLoadException when the options do not fit the model or the heap
     */
    static ModelSpec spec(ModelConfig config, RunnerOptions options) throws ModelLoadException {
        int maxModelLen = options.maxModelLen(config);
        long blockBytes = KvPool.blockBytes(config, options.blockSize());
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
        long budget = (long) (free * options.memoryUtilization());
        long blocks = options.blocks(maxModelLen, blockBytes, budget);
        // They get their memory when they are first used: what does not fit must be said now.
        if (blocks < 1 || blocks > Integer.MAX_VALUE || blocks > budget / blockBytes) {
            throw new ModelLoadException(
                    "KV cache: "
                            + blocks
                            + " blocks of "
                            + blockBytes
                            + " bytes (expected: at least one, and all within "
                            + (budget >> 20)
                            + " MiB, "
                            + options.memoryUtilization()
                            + " of what the weights leave of the heap)");
        }
        return options.spec(config, maxModelLen, (int) blocks, blockBytes);
    }
}
