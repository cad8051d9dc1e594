package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.TensorLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a model's weights are on the GPU. Addresses; 0 where the model has none. Heads, gates and
 * the LM head's tokens are those of the rank's {@link Shard}.
 *
 * @param embedding {@code [vocabSize, hiddenSize]}
 * @param finalNorm float32 {@code [hiddenSize]}
 * @param head {@code [vocabSize / ranks, hiddenSize]}; in {@code embedding}'s memory if tied
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

    /**
     * @param config of the whole model
     * @param shard what of it is loaded
     */
    static GpuWeights load(ModelConfig config, Shard shard, GpuWeightSource source)
            throws ModelLoadException {
        TensorLayout layout = TensorLayout.of(config);
        int vocab = config.vocabSize();
        Columns hidden = Columns.all(config.hiddenSize());
        Matrix embedding = source.matrix(List.of(layout.embedding()), hidden, false);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.numLayers(); i++) {
            layers.add(loadLayer(config, shard, layout, i, source));
        }
        int headRows = shard.share(vocab);
        return new GpuWeights(
                embedding,
                List.copyOf(layers),
                source.vector(layout.finalNorm(), config.hiddenSize()),
                config.isTied()
                        ? embedding.slice(shard.rank() * headRows, headRows)
                        : source.matrix(shard.rows(List.of(layout.head()), vocab), hidden, false));
    }

    private static Layer loadLayer(
            ModelConfig config, Shard shard, TensorLayout layout, int layer, GpuWeightSource source)
            throws ModelLoadException {
        int hidden = config.hiddenSize();
        int headDim = config.headDim();
        int queries = config.numHeads() * headDim;
        int keys = config.numKvHeads() * headDim;
        int gates = config.intermediateSize();
        ModelConfig.Biases biases = config.biases();
        boolean hasNorm = config.hasQkNorm();
        return new Layer(
                source.vector(layout.attentionNorm(layer), hidden),
                source.matrix(
                        shard.rows(layout.qkv(layer), queries, keys, keys),
                        Columns.all(hidden),
                        biases.onQkv()),
                hasNorm ? source.vector(layout.queryNorm(layer), headDim) : 0,
                hasNorm ? source.vector(layout.keyNorm(layer), headDim) : 0,
                source.matrix(
                        List.of(layout.attentionOutput(layer)),
                        shard.columns(queries),
                        biases.onAttentionOutput() && shard.isFirst()),
                source.vector(layout.mlpNorm(layer), hidden),
                source.matrix(
                        shard.rows(layout.gateUp(layer), gates, gates),
                        Columns.all(hidden),
                        biases.onMlp()),
                source.matrix(
                        List.of(layout.down(layer)),
                        shard.columns(gates),
                        biases.onMlp() && shard.isFirst()));
    }
}
