package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.TensorLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a model's weights are on the GPU. Addresses; 0 where the model has none.
 *
 * @param embedding {@code [vocabSize, hiddenSize]}
 * @param finalNorm float32 {@code [hiddenSize]}
 * @param head {@code [vocabSize, hiddenSize]}; the same memory as {@code embedding} if tied
 */
record GpuWeights(Matrix embedding, List<Layer> layers, long finalNorm, Matrix head) {
    /**
     * A decoder layer.
     *
     * @param attentionNorm float32 {@code [hiddenSize]}
     * @param qkv query heads, key heads, value heads {@code [.., hiddenSize]}
     * @param queryNorm float32 {@code [headDim]}
     * @param keyNorm float32 {@code [headDim]}
     * @param output {@code [hiddenSize, numHeads * headDim]}
     * @param mlpNorm float32 {@code [hiddenSize]}
     * @param gateUp gates, then ups {@code [2 * intermediateSize, hiddenSize]}
     * @param down {@code [hiddenSize, intermediateSize]}
     */
    record Layer(
            long attentionNorm,
            Matrix qkv,
            long queryNorm,
            long keyNorm,
            Matrix output,
            long mlpNorm,
            Matrix gateUp,
            Matrix down) {}

    static GpuWeights load(ModelConfig config, GpuWeightSource source) throws ModelLoadException {
        TensorLayout layout = TensorLayout.of(config);
        int hidden = config.hiddenSize();
        Matrix embedding = source.matrix(List.of(layout.embedding()), hidden, false);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.numLayers(); i++) {
            layers.add(loadLayer(config, layout, i, source));
        }
        return new GpuWeights(
                embedding,
                List.copyOf(layers),
                source.vector(layout.finalNorm(), hidden),
                config.isTied() ? embedding : source.matrix(List.of(layout.head()), hidden, false));
    }

    private static Layer loadLayer(
            ModelConfig config, TensorLayout layout, int layer, GpuWeightSource source)
            throws ModelLoadException {
        int hidden = config.hiddenSize();
        int headDim = config.headDim();
        ModelConfig.Biases biases = config.biases();
        boolean hasNorm = config.hasQkNorm();
        return new Layer(
                source.vector(layout.attentionNorm(layer), hidden),
                source.matrix(layout.qkv(layer), hidden, biases.onQkv()),
                hasNorm ? source.vector(layout.queryNorm(layer), headDim) : 0,
                hasNorm ? source.vector(layout.keyNorm(layer), headDim) : 0,
                source.matrix(
                        List.of(layout.attentionOutput(layer)),
                        config.numHeads() * headDim,
                        biases.onAttentionOutput()),
                source.vector(layout.mlpNorm(layer), hidden),
                source.matrix(layout.gateUp(layer), hidden, biases.onMlp()),
                source.matrix(
                        List.of(layout.down(layer)), config.intermediateSize(), biases.onMlp()));
    }
}
