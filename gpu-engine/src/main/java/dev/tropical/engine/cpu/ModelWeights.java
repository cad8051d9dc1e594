package dev.tropical.engine.cpu;

import dev.tropical.engine.cpu.kernels.PackedMatrix;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.TensorLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model's weights in memory.
 *
 * @param embedding {@code [vocabSize, hiddenSize]}
 * @param finalNorm {@code [hiddenSize]}
 * @param head {@code [vocabSize, hiddenSize]}; the same object as {@code embedding} if tied
 */
record ModelWeights(
        PackedMatrix embedding, List<Layer> layers, float[] finalNorm, PackedMatrix head) {
    /**
     * A decoder layer. Biases and the query and key norms are null where the model has none.
     *
     * @param qkv query heads, key heads, value heads {@code [.., hiddenSize]}
     * @param output {@code [hiddenSize, numHeads * headDim]}
     * @param gateUp gate, then up {@code [2 * intermediateSize, hiddenSize]}
     * @param down {@code [hiddenSize, intermediateSize]}
     */
    record Layer(
            float[] attentionNorm,
            Linear qkv,
            float @Nullable [] queryNorm,
            float @Nullable [] keyNorm,
            Linear output,
            float[] mlpNorm,
            Linear gateUp,
            Linear down) {}

    /** {@code y = weight * x + bias}. */
    record Linear(PackedMatrix weight, float @Nullable [] bias) {}

    static ModelWeights load(ModelConfig config, WeightSource source) throws ModelLoadException {
        TensorLayout layout = TensorLayout.of(config);
        int hidden = config.hiddenSize();
        PackedMatrix embedding = source.matrix(List.of(layout.embedding()), hidden);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.numLayers(); i++) {
            layers.add(loadLayer(config, layout, i, source));
        }
        return new ModelWeights(
                embedding,
                List.copyOf(layers),
                source.vector(layout.finalNorm(), hidden),
                config.isTied() ? embedding : source.matrix(List.of(layout.head()), hidden));
    }

    private static Layer loadLayer(
            ModelConfig config, TensorLayout layout, int layer, WeightSource source)
            throws ModelLoadException {
        int hidden = config.hiddenSize();
        ModelConfig.Biases biases = config.biases();
        boolean hasNorm = config.hasQkNorm();
        return new Layer(
                source.vector(layout.attentionNorm(layer), hidden),
                linear(source, layout.qkv(layer), hidden, biases.onQkv()),
                hasNorm ? source.vector(layout.queryNorm(layer), config.headDim()) : null,
                hasNorm ? source.vector(layout.keyNorm(layer), config.headDim()) : null,
                linear(
                        source,
                        List.of(layout.attentionOutput(layer)),
                        config.numHeads() * config.headDim(),
                        biases.onAttentionOutput()),
                source.vector(layout.mlpNorm(layer), hidden),
                linear(source, layout.gateUp(layer), hidden, biases.onMlp()),
                linear(
                        source,
                        List.of(layout.down(layer)),
                        config.intermediateSize(),
                        biases.onMlp()));
    }

    private static Linear linear(
            WeightSource source, List<TensorLayout.Rows> parts, int cols, boolean hasBias)
            throws ModelLoadException {
        return new Linear(source.matrix(parts, cols), hasBias ? source.biases(parts) : null);
    }
}
