package dev.tropical.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.engine.cpu.CpuBackend;
import dev.tropical.engine.cpu.CpuOptions;
import dev.tropical.engine.cuda.CudaBackend;
import dev.tropical.engine.cuda.CudaOptions;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.model.RunnerOptions;
import dev.tropical.engine.paced.PacedRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes the runner that the options name; on the loop thread, which owns it. */
final class Runners {
    /** Of a paced engine without a config.json: common sizes. */
    private static final int PACED_VOCABULARY = 32_000;

    private static final int PACED_MODEL_LEN = 8_192;

    private Runners() {}

    /**
     * Loads the model; may take minutes.
     *
     * @throws ModelLoadException naming what cannot be used and what was expected
     */
    static ModelRunner load(EngineOptions options) throws ModelLoadException {
        return switch (options.model().device()) {
            case CPU -> CpuBackend.load(options.model().directory(), cpuOptions(options));
            case PACED, CLOCK -> paced(options);
            case CUDA -> CudaBackend.load(options.model().directory(), cudaOptions(options));
        };
    }

    private static CpuOptions cpuOptions(EngineOptions options) {
        return new CpuOptions(runnerOptions(options), options.model().threads(), 0);
    }

    private static CudaOptions cudaOptions(EngineOptions options) {
        return new CudaOptions(
                runnerOptions(options),
                options.model().computeType() == ComputeType.FLOAT32 ? DType.F32 : DType.BF16,
                options.model().gpu(),
                options.model().ranks(),
                options.model().linkKind(),
                Path.of(System.getProperty("user.home"), ".cache", "tropical", "kernels"));
    }

    private static RunnerOptions runnerOptions(EngineOptions options) {
        return new RunnerOptions(
                options.model().loadFormat(),
                options.model().maxModelLen(),
                options.cache().blockSize(),
                options.cache().numBlocks(),
                options.cache().kvCacheBytes(),
                options.cache().memoryUtilization(),
                options.batch().maxNumSeqs(),
                options.batch().maxNumBatchedTokens());
    }

    private static ModelRunner paced(EngineOptions options) throws ModelLoadException {
        JsonNode config = config(options.model().directory().resolve("config.json"));
        int ownLength = config.path("max_position_embeddings").asInt(PACED_MODEL_LEN);
        int maxModelLen =
                options.model().maxModelLen() > 0 ? options.model().maxModelLen() : ownLength;
        int blockSize = options.cache().blockSize();
        int blocksOfSequence = (maxModelLen + blockSize - 1) / blockSize;
        int numBlocks = options.cache().numBlocks();
        if (numBlocks == 0) {
            // A quarter of what maxNumSeqs full contexts need: plenty, and a few megabytes.
            numBlocks =
                    Math.max(
                            blocksOfSequence + 1,
                            options.batch().maxNumSeqs() * blocksOfSequence / 4);
        }
        ModelSpec spec =
                new ModelSpec(
                        "Paced",
                        config.path("vocab_size").asInt(PACED_VOCABULARY),
                        maxModelLen,
                        blockSize,
                        numBlocks,
                        blockSize * Integer.BYTES,
                        options.batch().maxNumSeqs(),
                        options.batch().maxNumBatchedTokens());
        return new PacedRunner(
                spec,
                Math.round(options.model().stepMs() * 1e6),
                System::nanoTime,
                options.model().device() == Device.CLOCK);
    }

    private static JsonNode config(Path file) throws ModelLoadException {
        ObjectMapper mapper = new ObjectMapper();
        if (!Files.exists(file)) {
            return mapper.createObjectNode();
        }
        try {
            return mapper.readTree(file.toFile());
        } catch (IOException e) {
            throw new ModelLoadException(file + ": not JSON: " + e.getMessage(), e);
        }
    }
}
