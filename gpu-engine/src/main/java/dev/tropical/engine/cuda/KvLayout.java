package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;

/**
 * The paged KV cache: bf16 {@code [block][layer][2][kvHead][slot][headDim]}, keys before values, so
 * that a block is contiguous.
 */
record KvLayout(int layers, int kvHeads, int blockSize, int headDim) {
    static KvLayout of(ModelConfig config, int blockSize) {
        return new KvLayout(config.numLayers(), config.numKvHeads(), blockSize, config.headDim());
    }

    long blockElements() {
        return 2L * layers * kvHeads * blockSize * headDim;
    }

    long blockBytes() {
        return 2 * blockElements();
    }
}
