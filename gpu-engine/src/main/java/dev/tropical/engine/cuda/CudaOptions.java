package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LinkKind;
import dev.tropical.engine.model.RunnerOptions;
import java.nio.file.Path;

/**
 * How a CUDA engine runs its model.
 *
 * @param runner what all runners are told
 * @param type of weights, activations and KV cache: BF16, or F32 for comparing, which is slow
 * @param gpu which one, counted round those that there are; rank 0's of several
 * @param ranks GPUs that share the model
 * @param linkKind how KV blocks go to other engines' GPUs
 * @param kernelCache folder of compiled kernels
 */
public record CudaOptions(
        RunnerOptions runner, DType type, int gpu, int ranks, LinkKind linkKind, Path kernelCache) {
    /** With links by NCCL. */
    public CudaOptions(RunnerOptions runner, DType type, int gpu, int ranks, Path kernelCache) {
        this(runner, type, gpu, ranks, LinkKind.NCCL, kernelCache);
    }

    /** On one GPU. */
    public CudaOptions(RunnerOptions runner, DType type, int gpu, Path kernelCache) {
        this(runner, type, gpu, 1, kernelCache);
    }

    public CudaOptions {
        if (type != DType.BF16 && type != DType.F32) {
            throw new IllegalArgumentException("type: " + type + " (expected: BF16 or F32)");
        }
        RunnerOptions.require(gpu >= 0, "gpu", gpu, "0 or more");
        RunnerOptions.require(ranks >= 1, "tensorParallelSize", ranks, "1 or more");
        if (ranks > 1 && type != DType.BF16) {
            throw new IllegalArgumentException(
                    "type: " + type + " (expected: BF16 on " + ranks + " GPUs)");
        }
    }
}
