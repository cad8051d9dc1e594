package dev.tropical.engine.cpu;

import dev.tropical.engine.model.RunnerOptions;

/**
 * How a CPU engine runs its model; its memory is the heap.
 *
 * @param runner what all runners are told
 * @param threads that compute; 0 = one a core
 * @param dummySeed of random weights
 */
public record CpuOptions(RunnerOptions runner, int threads, long dummySeed) {
    public CpuOptions {
        RunnerOptions.require(threads >= 0, "threads", threads, "0 or more");
    }
}
