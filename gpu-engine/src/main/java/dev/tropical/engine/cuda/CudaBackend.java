package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads a model to run on a GPU, or on several that share it. */
public final class CudaBackend {
    static final Logger LOG = LoggerFactory.getLogger(CudaBackend.class);

    static {
        // By default JavaCPP refuses to allocate once the process is larger than four heaps, and
        // looks at that size at every allocation; here each buffer has an owner that frees it.
        System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
        System.setProperty("org.bytedeco.javacpp.maxbytes", "0");
    }

    private CudaBackend() {}

    /**
     * Reads a Hugging Face folder ({@code config.json}, {@code *.safetensors}) into the memory of
     * its GPUs and makes the KV pool. The calling thread owns the runner from then on, and closes
     * it.
     *
     * @throws ModelLoadException when the folder is no model that this engine runs, there is no
     *     usable GPU, or its memory does not hold the model
     */
    public static ModelRunner load(Path modelDir, CudaOptions options) throws ModelLoadException {
        ModelConfig config = ModelConfig.read(modelDir);
        return options.runner().loadFormat() == LoadFormat.DUMMY
                ? loadDummy(config, options)
                : load(config, options, Checkpoint.open(modelDir));
    }

    /** As {@link #load}, with random weights for a model that need not be on disk. */
    public static ModelRunner loadDummy(ModelConfig config, CudaOptions options)
            throws ModelLoadException {
        return load(config, options, null);
    }

    private static ModelRunner load(
            ModelConfig config, CudaOptions options, @Nullable Checkpoint checkpoint)
            throws ModelLoadException {
        return options.ranks() == 1
                ? loadRank(config, options, checkpoint, RankSeat.alone())
                : TensorParallelRunner.load(
                        options.ranks(),
                        2 * config.numLayers(),
                        seat -> loadRank(config, options, checkpoint, seat));
    }

    private static RankRunner loadRank(
            ModelConfig config, CudaOptions options, @Nullable Checkpoint checkpoint, RankSeat seat)
            throws ModelLoadException {
        Owned owned = new Owned();
        try {
            return new CudaModelLoader(config, options, seat, owned).load(checkpoint);
        } catch (CudaException | IllegalArgumentException e) {
            owned.close();
            throw new ModelLoadException("device cuda: " + e.getMessage(), e);
        } catch (LinkageError e) {
            owned.close();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ModelLoadException(
                    "device cuda: "
                            + cause.getMessage()
                            + " (expected: an NVIDIA driver, and CUDA 13's cudart, cuBLASLt and"
                            + " NVRTC where the loader finds them, for several GPUs NCCL too)",
                    e);
        } catch (ModelLoadException | RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    static void log(ModelSpec spec, GpuDevice device, GpuMemory memory) {
        LOG.info(
                "loaded {} on GPU {} of {} multiprocessors ({}): {} MiB of {} MiB free, {}",
                spec.architecture(),
                device.index(),
                device.multiprocessors(),
                device.architecture(),
                memory.free() >> 20,
                memory.total() >> 20,
                spec);
    }
}
