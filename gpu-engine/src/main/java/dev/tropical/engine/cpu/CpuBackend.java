package dev.tropical.engine.cpu;

import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import java.nio.file.Path;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads a model to run on the CPU. */
public final class CpuBackend {
    private static final Logger LOG = LoggerFactory.getLogger(CpuBackend.class);

    private CpuBackend() {}

    /**
     * Reads a Hugging Face folder ({@code config.json}, {@code *.safetensors}), allocates the KV
     * pool and starts the compute threads. The caller closes the runner.
     *
     * @throws ModelLoadException when the folder is no model that this engine runs, or memory does
     *     not hold it
     */
    public static ModelRunner load(Path modelDir, CpuOptions options) throws ModelLoadException {
        ModelConfig config = ModelConfig.read(modelDir);
        if (options.runner().loadFormat() == LoadFormat.DUMMY) {
            return load(
                    config,
                    options,
                    workers -> new DummyWeights(options.dummySeed(), config.weightType(), workers));
        }
        Checkpoint checkpoint = Checkpoint.open(modelDir);
        return load(config, options, workers -> new CheckpointWeights(checkpoint, workers));
    }

    /** As {@link #load}, with random weights for a model that need not be on disk. */
    public static ModelRunner loadDummy(ModelConfig config, CpuOptions options)
            throws ModelLoadException {
        return load(
                config,
                options,
                workers -> new DummyWeights(options.dummySeed(), config.weightType(), workers));
    }

    /** As the other one, for weights from anywhere. */
    static ModelRunner load(
            ModelConfig config, CpuOptions options, Function<WorkerPool, WeightSource> source)
            throws ModelLoadException {
        int threads =
                options.threads() > 0
                        ? options.threads()
                        : Runtime.getRuntime().availableProcessors();
        WorkerPool workers = new WorkerPool(threads);
        try {
            ModelWeights weights = ModelWeights.load(config, source.apply(workers));
            ModelSpec spec = MemoryPlan.spec(config, options.runner());
            KvPool pool = new KvPool(config, spec.numBlocks(), spec.blockSize());
            int sliceTokens = Math.min(Transformer.MAX_SLICE_TOKENS, spec.maxStepTokens());
            Transformer transformer =
                    new Transformer(
                            config, weights, pool, workers, sliceTokens, spec.maxModelLen());
            WarmUp.run(transformer, spec);
            LOG.info("loaded {} on {} threads: {}", spec.architecture(), threads, spec);
            return new CpuModelRunner(spec, transformer, pool, workers);
        } catch (ModelLoadException | RuntimeException e) {
            workers.close();
            throw e;
        } catch (OutOfMemoryError e) {
            workers.close();
            throw new ModelLoadException(
                    "the heap of "
                            + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB does not hold the model and its KV pool (expected: a larger"
                            + " -Xmx or fewer KV blocks)",
                    e);
        }
    }
}
