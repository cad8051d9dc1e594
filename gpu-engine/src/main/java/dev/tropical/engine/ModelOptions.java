package dev.tropical.engine;

import dev.tropical.engine.model.LinkKind;
import dev.tropical.engine.model.LoadFormat;
import java.nio.file.Path;

/**
 * Which model, and what runs it.
 *
 * @param directory a Hugging Face folder; the paced device only looks for its config.json
 * @param servedName what requests call it
 * @param device what runs it
 * @param loadFormat where its weights come from
 * @param computeType of the arithmetic
 * @param maxModelLen tokens of prompt and completion together; 0 = as the model was made for
 * @param threads that compute; 0 = one a core
 * @param gpu which one a CUDA engine uses, counted round those that there are
 * @param ranks GPUs that share the model, a CUDA engine's
 * @param linkKind how a CUDA engine's KV blocks go to another's GPU
 * @param stepMs duration of a step of the paced device, milliseconds
 */
record ModelOptions(
        Path directory,
        String servedName,
        Device device,
        LoadFormat loadFormat,
        ComputeType computeType,
        int maxModelLen,
        int threads,
        int gpu,
        int ranks,
        LinkKind linkKind,
        double stepMs) {
    ModelOptions {
        if (servedName.isBlank()) {
            throw new IllegalArgumentException(
                    "served-model-name: '" + servedName + "' (expected: a name)");
        }
        if (device == Device.CPU && computeType == ComputeType.BFLOAT16) {
            throw new IllegalArgumentException(
                    "dtype: bfloat16 (expected: auto or float32 on device cpu)");
        }
        Checks.atLeast("max-model-len", maxModelLen, 0);
        Checks.atLeast("threads", threads, 0);
        Checks.atLeast("gpu", gpu, 0);
        Checks.atLeast("tensor-parallel-size", ranks, 1);
        if (ranks > 1 && device != Device.CUDA) {
            throw new IllegalArgumentException(
                    "tensor-parallel-size: "
                            + ranks
                            + " (expected: 1 on --device "
                            + device.label()
                            + ")");
        }
        if (!(stepMs >= 0 && stepMs <= 60_000)) {
            throw new IllegalArgumentException("step-ms: " + stepMs + " (expected: 0 to 60000)");
        }
    }
}
