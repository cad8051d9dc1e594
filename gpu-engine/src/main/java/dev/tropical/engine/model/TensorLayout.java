package dev.tropical.engine.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a checkpoint keeps each weight: tensor names, and which rows of them. Projections that read
 * the same input are given together, in the order in which engines store them, so InternLM2's fused
 * {@code wqkv} and the separate tensors of the others look alike.
 */
public abstract sealed class TensorLayout {
    /**
     * Some rows of a weight matrix {@code [tensorRows, cols]}.
     *
     * @param tensor its name; ends with {@code .weight}, and a bias has the same name with {@code
     *     .bias}
     * @param first row
     * @param count of rows
     */
    public record Rows(String tensor, int tensorRows, int first, int count) {
        static Rows all(String tensor, int rows) {
            return new Rows(tensor, rows, 0, rows);
        }

        /** Name of the bias {@code [tensorRows]}. */
        public String bias() {
            return tensor.substring(0, tensor.length() - "weight".length()) + "bias";
        }
    }

    final ModelConfig config;

    private TensorLayout(ModelConfig config) {
        this.config = config;
    }

    public static TensorLayout of(ModelConfig config) {
        return config.architecture() == Architecture.INTERNLM2
                ? new InternLm2(config)
                : new Llama(config);
    }

    /** {@code [vocabSize, hiddenSize]}. */
    public abstract Rows embedding();

    /** {@code [vocabSize, hiddenSize]}; only if the config is not tied. */
    public abstract Rows head();

    /** {@code [hiddenSize]}. */
    public String finalNorm() {
        return "model.norm.weight";
    }

    /** {@code [hiddenSize]}. */
    public abstract String attentionNorm(int layer);

    /** All query heads, all key heads, all value heads; {@code [.., hiddenSize]}. */
    public abstract List<Rows> qkv(int layer);

    /** {@code [headDim]}; Qwen3 only. */
    public String queryNorm(int layer) {
        return layer(layer) + "self_attn.q_norm.weight";
    }

    /** {@code [headDim]}; Qwen3 only. */
    public String keyNorm(int layer) {
        return layer(layer) + "self_attn.k_norm.weight";
    }

    /** {@code [hiddenSize, numHeads * headDim]}. */
    public abstract Rows attentionOutput(int layer);

    /** {@code [hiddenSize]}. */
    public abstract String mlpNorm(int layer);

    /** Gate, then up; {@code [2 * intermediateSize, hiddenSize]}. */
    public abstract List<Rows> gateUp(int layer);

    /** {@code [hiddenSize, intermediateSize]}. */
    public abstract Rows down(int layer);

    static String layer(int layer) {
        return "model.layers." + layer + ".";
    }

    private static final class Llama extends TensorLayout {
        Llama(ModelConfig config) {
            super(config);
        }

        @Override
        public Rows embedding() {
            return Rows.all("model.embed_tokens.weight", config.vocabSize());
        }

        @Override
        public Rows head() {
            return Rows.all("lm_head.weight", config.vocabSize());
        }

        @Override
        public String attentionNorm(int layer) {
            return layer(layer) + "input_layernorm.weight";
        }

        @Override
        public List<Rows> qkv(int layer) {
            String prefix = layer(layer) + "self_attn.";
            int kvRows = config.numKvHeads() * config.headDim();
            return List.of(
                    Rows.all(prefix + "q_proj.weight", config.numHeads() * config.headDim()),
                    Rows.all(prefix + "k_proj.weight", kvRows),
                    Rows.all(prefix + "v_proj.weight", kvRows));
        }

        @Override
        public Rows attentionOutput(int layer) {
            return Rows.all(layer(layer) + "self_attn.o_proj.weight", config.hiddenSize());
        }

        @Override
        public String mlpNorm(int layer) {
            return layer(layer) + "post_attention_layernorm.weight";
        }

        @Override
        public List<Rows> gateUp(int layer) {
            String prefix = layer(layer) + "mlp.";
            return List.of(
                    Rows.all(prefix + "gate_proj.weight", config.intermediateSize()),
                    Rows.all(prefix + "up_proj.weight", config.intermediateSize()));
        }

        @Override
        public Rows down(int layer) {
            return Rows.all(layer(layer) + "mlp.down_proj.weight", config.hiddenSize());
        }
    }

    private static final class InternLm2 extends TensorLayout {
        InternLm2(ModelConfig config) {
            super(config);
        }

        @Override
        public Rows embedding() {
            return Rows.all("model.tok_embeddings.weight", config.vocabSize());
        }

        @Override
        public Rows head() {
            return Rows.all("output.weight", config.vocabSize());
        }

        @Override
        public String attentionNorm(int layer) {
            return layer(layer) + "attention_norm.weight";
        }

        /** {@code wqkv} holds per kv head its group's query heads, then its key, then its value. */
        @Override
        public List<Rows> qkv(int layer) {
            List<Rows> rows = new ArrayList<>();
            for (int head = 0; head < config.numKvHeads(); head++) {
                rows.add(wqkv(layer, head, 0, config.groupSize()));
            }
            for (int head = 0; head < config.numKvHeads(); head++) {
                rows.add(wqkv(layer, head, config.groupSize(), 1));
            }
            for (int head = 0; head < config.numKvHeads(); head++) {
                rows.add(wqkv(layer, head, config.groupSize() + 1, 1));
            }
            return rows;
        }

        private Rows wqkv(int layer, int kvHead, int firstHead, int heads) {
            int perGroup = config.groupSize() + 2;
            return new Rows(
                    layer(layer) + "attention.wqkv.weight",
                    config.numKvHeads() * perGroup * config.headDim(),
                    (kvHead * perGroup + firstHead) * config.headDim(),
                    heads * config.headDim());
        }

        @Override
        public Rows attentionOutput(int layer) {
            return Rows.all(layer(layer) + "attention.wo.weight", config.hiddenSize());
        }

        @Override
        public String mlpNorm(int layer) {
            return layer(layer) + "ffn_norm.weight";
        }

        @Override
        public List<Rows> gateUp(int layer) {
            String prefix = layer(layer) + "feed_forward.";
            return List.of(
                    Rows.all(prefix + "w1.weight", config.intermediateSize()),
                    Rows.all(prefix + "w3.weight", config.intermediateSize()));
        }

        @Override
        public Rows down(int layer) {
            return Rows.all(layer(layer) + "feed_forward.w2.weight", config.hiddenSize());
        }
    }
}
