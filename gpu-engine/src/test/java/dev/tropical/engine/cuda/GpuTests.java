package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.Rope;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** What GPU tests share. */
final class GpuTests {
    /** Folder of compiled kernels. */
    static final Path KERNELS = Path.of(System.getProperty("java.io.tmpdir"), "kernels");

    private GpuTests() {}

    /**
     * How often to repeat: less where a tool slows kernels a hundredfold ({@code -Dgpu.rounds=N}).
     */
    static int rounds(int usual) {
        return Math.min(usual, Integer.getInteger("gpu.rounds", usual));
    }

    static KernelCompiler compiler(GpuDevice device) {
        return new KernelCompiler(device.architecture(), KERNELS);
    }

    static ModelConfig config(int hidden, int heads, int kvHeads, int headDim, int window) {
        return new ModelConfig(
                Architecture.LLAMA,
                hidden,
                1040,
                2,
                heads,
                kvHeads,
                headDim,
                4000,
                8192,
                1e-5f,
                new Rope(10000, null),
                Collections.nCopies(2, window),
                false,
                new ModelConfig.Biases(false, false, false),
                false,
                DType.BF16,
                List.of());
    }

    static ModelConfig withVocabulary(ModelConfig config, int vocab) {
        return new ModelConfig(
                config.architecture(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.numLayers(),
                config.numHeads(),
                config.numKvHeads(),
                config.headDim(),
                vocab,
                config.maxPositions(),
                config.normEps(),
                config.rope(),
                config.windows(),
                config.isTied(),
                config.biases(),
                config.hasQkNorm(),
                config.weightType(),
                config.eosTokenIds());
    }
}
