package dev.tropical.engine.cpu;

import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.Rope;
import java.util.Collections;
import java.util.List;

/** Configs for tests: one of its own, and others' with something changed. */
final class TestConfigs {
    private TestConfigs() {}

    /** Large enough that its matrices are computed by several threads. */
    static ModelConfig dummy(DType weightType) {
        return new ModelConfig(
                Architecture.LLAMA,
                256,
                704,
                2,
                8,
                2,
                32,
                1000,
                2048,
                1e-5f,
                new Rope(10000, null),
                List.of(0, 100),
                false,
                new ModelConfig.Biases(false, false, false),
                false,
                weightType,
                List.of());
    }

    static ModelConfig withRope(ModelConfig config, Rope rope) {
        return copy(config, rope, config.windows(), config.biases(), config.hasQkNorm());
    }

    static ModelConfig withWindow(ModelConfig config, int window) {
        List<Integer> windows = Collections.nCopies(config.numLayers(), window);
        return copy(config, config.rope(), windows, config.biases(), config.hasQkNorm());
    }

    static ModelConfig withoutBiases(ModelConfig config) {
        ModelConfig.Biases none = new ModelConfig.Biases(false, false, false);
        return copy(config, config.rope(), config.windows(), none, config.hasQkNorm());
    }

    static ModelConfig withoutQkNorm(ModelConfig config) {
        return copy(config, config.rope(), config.windows(), config.biases(), false);
    }

    private static ModelConfig copy(
            ModelConfig config,
            Rope rope,
            List<Integer> windows,
            ModelConfig.Biases biases,
            boolean hasQkNorm) {
        return new ModelConfig(
                config.architecture(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.numLayers(),
                config.numHeads(),
                config.numKvHeads(),
                config.headDim(),
                config.vocabSize(),
                config.maxPositions(),
                config.normEps(),
                rope,
                windows,
                config.isTied(),
                biases,
                hasQkNorm,
                config.weightType(),
                config.eosTokenIds());
    }
}
