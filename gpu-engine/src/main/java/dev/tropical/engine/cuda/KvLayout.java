package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;

/**
 * The paged KV cache: {@code [block][layer][2][kvHead][slot][headDim]}, keys before values, so that
 * a block is contiguous.
 */
record KvLayout(int layers, int kvHeads, int blockSize, int headDim, DType type) {
    static KvLayout of(ModelConfig config, int blockSize, DType type) {
        return new KvLayout(
                config.numLayers(), config.numKvHeads(), blockSize, config.headDim(), type);
    }

    long blockElements() {
        return 2L * layers * kvHeads * blockSize * headDim;
    }

    long blockBytes() {
        return type.bytes() * blockElements();
    }
}
