package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;

/** The memory of a forward pass, for the largest step; {@link #close} frees it. */
final class Activations implements AutoCloseable {
    private final Owned owned = new Owned();

    /** Float32 {@code [tokens][hidden]}. */
    final DeviceBuffer residual;

    /** {@code [tokens][hidden]} */
    final DeviceBuffer normed;

    /** {@code [tokens][(heads + 2 * kvHeads) * headDim]} */
    final DeviceBuffer qkv;

    /** {@code [tokens][heads * headDim]} */
    final DeviceBuffer attended;

    /** {@code [tokens][hidden]} what the residual gets next. */
    final DeviceBuffer projected;

    /** {@code [tokens][2 * intermediate]} */
    final DeviceBuffer gateUp;

    /** {@code [tokens][intermediate]} */
    final DeviceBuffer activated;

    /** Float32 {@code [sequences][vocab]}. */
    final DeviceBuffer logits;

    /** Float32 {@code [sequences][vocab / ranks]} that this rank computes; all of them if alone. */
    final DeviceBuffer ownLogits;

    /** Ids {@code [sequences]} that the step sampled. */
    final DeviceBuffer tokens;

    /** Log probabilities that the step reports, see logprobs.cu. */
    final DeviceBuffer entries;

    /**
     * @param config of the rank
     */
    Activations(ModelConfig config, Shard shard, InputLayout layout, DType type) {
        long count = layout.maxTokens();
        long bytes = type.bytes();
        int headDim = config.headDim();
        residual = owned.device(4 * count * config.hiddenSize());
        normed = owned.device(bytes * count * config.hiddenSize());
        qkv = owned.device(bytes * count * config.qkvSize());
        attended = owned.device(bytes * count * config.numHeads() * headDim);
        projected = owned.device(bytes * count * config.hiddenSize());
        gateUp = owned.device(2 * bytes * count * config.intermediateSize());
        activated = owned.device(bytes * count * config.intermediateSize());
        long logitBytes = 4L * layout.maxSequences() * config.vocabSize();
        logits = owned.device(logitBytes);
        ownLogits = shard.isWhole() ? logits : owned.device(logitBytes / shard.ranks());
        tokens = owned.device(4L * layout.maxSequences());
        entries = owned.device(layout.entryBytes());
    }

    @Override
    public void close() {
        owned.close();
    }
}
