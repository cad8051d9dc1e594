package dev.tropical.engine.cuda;

/**
 * Where a step's integers lie in its input buffer: fixed places, so that graphs can read them, and
 * the block ids, of which there are as many as the contexts have, at the end.
 *
 * @param maxTokens of a step, padding included
 * @param maxSequences of a step, padding included
 * @param maxTableBlocks block ids of all its sequences
 */
record InputLayout(int maxTokens, int maxSequences, long maxTableBlocks) {
    /** Ints of a chunk, as prefill_attention.cu reads it. */
    static final int CHUNK_INTS = 8;

    /** {@code [maxTokens]} token ids, or -1 - slot. */
    int ids() {
        return 0;
    }

    /** {@code [maxTokens]} */
    int positions() {
        return maxTokens;
    }

    /** {@code [maxTokens]} where keys and values go, -1 = nowhere. */
    int slots() {
        return 2 * maxTokens;
    }

    /** {@code [maxSequences]} contexts of single tokens. */
    int lengths() {
        return 3 * maxTokens;
    }

    /** {@code [maxSequences]} which tokens those are. */
    int rows() {
        return lengths() + maxSequences;
    }

    /** {@code [maxSequences]} where their block ids begin. */
    int firstBlocks() {
        return rows() + maxSequences;
    }

    /** {@code [maxSequences]} tokens whose logits are wanted. */
    int sampledRows() {
        return firstBlocks() + maxSequences;
    }

    /** {@code [maxSequences]} slots that they are sampled for. */
    int sampledSlots() {
        return sampledRows() + maxSequences;
    }

    /** {@code [maxSequences]} where their log probabilities go, -1 = nowhere. */
    int entryOffsets() {
        return sampledSlots() + maxSequences;
    }

    /** {@code [maxSequences][CHUNK_INTS]}, aligned to 32 bytes. */
    int chunks() {
        return (entryOffsets() + maxSequences + 7) / 8 * 8;
    }

    /** {@code [maxTiles][2]} */
    int tiles() {
        return chunks() + CHUNK_INTS * maxSequences;
    }

    private int maxTiles() {
        return maxTokens / PrefillAttention.TILE_QUERIES + maxSequences;
    }

    /** {@code [maxTableBlocks]} */
    int tables() {
        return tiles() + 2 * maxTiles();
    }

    /** Bytes of the log probabilities that a step reports at most. */
    long entryBytes() {
        return (long) GpuSampler.ENTRY_BYTES * maxSequences * (1 + GpuSampler.MAX_ALTERNATIVES);
    }

    /** Bytes of it all. */
    long bytes() {
        return 4 * (tables() + maxTableBlocks);
    }
}
