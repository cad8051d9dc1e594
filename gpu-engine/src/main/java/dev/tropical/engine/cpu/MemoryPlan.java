package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.model.RunnerOptions;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;

/** Decides how many KV blocks there are. */
final class MemoryPlan {
    private MemoryPlan() {}

    /**
     * @throws ModelLoadException when the options do not fit the model or the heap
     */
    static ModelSpec spec(ModelConfig config, RunnerOptions options) throws ModelLoadException {
        return spec(config, options, free());
    }

    /**
     * @param free bytes of the heap that weights leave
     */
    static ModelSpec spec(ModelConfig config, RunnerOptions options, long free)
            throws ModelLoadException {
        int maxModelLen = options.maxModelLen(config);
        long blockBytes = KvPool.blockBytes(config, options.blockSize());
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

    /**
     * What the heap can still hold of what stays: weights and blocks go to the old generation,
     * which with Serial GC is no more than two thirds of it. (Of a collector's pools that one alone
     * has a threshold of usage.)
     */
    static long free() {
        Runtime runtime = Runtime.getRuntime();
        long old =
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .filter(MemoryPoolMXBean::isUsageThresholdSupported)
                        .mapToLong(pool -> pool.getUsage().getMax())
                        .max()
                        .orElse(-1);
        long room = old < 0 ? runtime.maxMemory() : Math.min(old, runtime.maxMemory());
        return room - (runtime.totalMemory() - runtime.freeMemory());
    }
}
