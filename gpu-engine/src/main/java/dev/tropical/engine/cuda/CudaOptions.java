package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.RunnerOptions;
import java.nio.file.Path;

/**
 * How a CUDA engine runs its model.
 *
 * @param runner what all runners are told
 * @param type of weights, activations and KV cache: BF16, or F32 for comparing, which is slow
 * @param gpu which one, counted round those that there are
 * @param kernelCache folder of compiled kernels
 */
public record CudaOptions(RunnerOptions runner, DType type, int gpu, Path kernelCache) {
    public CudaOptions {
        if (type != DType.BF16 && type != DType.F32) {
            throw new IllegalArgumentException("type: " + type + " (expected: BF16 or F32)");
        }
        RunnerOptions.require(gpu >= 0, "gpu", gpu, "0 or more");
    }
}
