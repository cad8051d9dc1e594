package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.Rope;
import java.util.Collections;
import java.util.List;

/** Dimensions of the models that benchmarks speak of; the weights are random. */
public final class BenchModels {
    private BenchModels() {}

    /**
     * A model by its short name.
     *
     * @throws IllegalArgumentException unless it is 8b or 20b
     */
    public static ModelConfig named(String name, int maxPositions) {
        return switch (name) {
            // Llama 3 8B
            case "8b" -> config(32, 4096, 14336, 32, 128256, maxPositions);
            // InternLM2.5 20B, under Llama's tensor names
            case "20b" -> config(48, 6144, 16384, 48, 92544, maxPositions);
            default ->
                    throw new IllegalArgumentException("model: " + name + " (expected: 8b or 20b)");
        };
    }

    private static ModelConfig config(
            int layers, int hidden, int intermediate, int heads, int vocab, int maxPositions) {
        return new ModelConfig(
                Architecture.LLAMA,
                hidden,
                intermediate,
                layers,
                heads,
                8,
                128,
                vocab,
                maxPositions,
                1e-5f,
                new Rope(500_000, null),
                Collections.nCopies(layers, 0),
                false,
                new ModelConfig.Biases(false, false, false),
                false,
                DType.BF16,
                List.of());
    }
}
