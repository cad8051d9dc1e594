package dev.tropical.engine.model;

import java.nio.file.Path;
import java.util.List;

/**
 * A decoder-only transformer's dimensions and variants, as Hugging Face's {@code config.json} gives
 * them. All five architectures are one: they differ in these switches and in tensor names.
 *
 * @param architecture which tensor names to read
 * @param hiddenSize of the residual stream
 * @param intermediateSize of the MLP
 * @param numLayers decoder layers
 * @param numHeads query heads
 * @param numKvHeads key and value heads; divides {@code numHeads}
 * @param headDim of each head; {@code numHeads * headDim} need not be {@code hiddenSize}
 * @param vocabSize rows of the embedding table
 * @param maxPositions tokens that the model was made for
 * @param normEps of RMSNorm
 * @param rope rotary position embedding
 * @param windows [numLayers] how many positions back a query sees, itself included; 0 = all
 * @param isTied whether the LM head is the embedding table
 * @param biases which projections have one
 * @param hasQkNorm whether each query and key head goes through an RMSNorm before rope
 * @param weightType what the checkpoint says its weights are stored as
 * @param eosTokenIds of generation_config.json, else of config.json
 */
public record ModelConfig(
        Architecture architecture,
        int hiddenSize,
        int intermediateSize,
        int numLayers,
        int numHeads,
        int numKvHeads,
        int headDim,
        int vocabSize,
        int maxPositions,
        float normEps,
        Rope rope,
        List<Integer> windows,
        boolean isTied,
        Biases biases,
        boolean hasQkNorm,
        DType weightType,
        List<Integer> eosTokenIds) {
    /** Projections with a bias; the others have none. */
    public record Biases(boolean onQkv, boolean onAttentionOutput, boolean onMlp) {}

    public ModelConfig {
        windows = List.copyOf(windows);
        eosTokenIds = List.copyOf(eosTokenIds);
        require(
                numHeads % numKvHeads == 0,
                "num_attention_heads",
                numHeads,
                "a multiple of num_key_value_heads " + numKvHeads);
        require(headDim % 16 == 0, "head_dim", headDim, "a multiple of 16");
        require(
                windows.size() == numLayers,
                "windows",
                windows.size(),
                "one a layer: " + numLayers);
    }

    /**
     * Reads {@code config.json} and, if there, {@code generation_config.json}.
     *
     * @throws ModelLoadException when the architecture is not supported, or a value is missing or
     *     out of range; the message names the key
     */
    public static ModelConfig read(Path folder) throws ModelLoadException {
        return new ModelConfigReader(folder).read();
    }

    /** Numbers of a token's queries, keys and values together. */
    public int qkvSize() {
        return (numHeads() + 2 * numKvHeads()) * headDim();
    }

    /** Query heads that share a key and value head. */
    public int groupSize() {
        return numHeads / numKvHeads;
    }

    /** The same model with fewer heads and a narrower MLP: one rank's part of it. */
    public ModelConfig withShares(int heads, int kvHeads, int intermediate) {
        return new ModelConfig(
                architecture,
                hiddenSize,
                intermediate,
                numLayers,
                heads,
                kvHeads,
                headDim,
                vocabSize,
                maxPositions,
                normEps,
                rope,
                windows,
                isTied,
                biases,
                hasQkNorm,
                weightType,
                eosTokenIds);
    }

    private static void require(boolean isValid, String name, int value, String expected) {
        if (!isValid) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
