package dev.tropical.engine.cuda;

/**
 * Launches attention over the paged KV cache: of a step's single tokens, and of its prompt chunks.
 */
interface Attention extends AutoCloseable {
    /** Once a step, before the first layer's {@link #decode}. */
    void plan(Stream stream, DecodeAttention.Decodes decodes);

    /**
     * @param qkv address of the tokens' queries, keys and values
     * @param out address of {@code [tokens][heads * headDim]}
     */
    void decode(Stream stream, long qkv, DecodeAttention.Decodes decodes, long out, int layer);

    /** As {@link #decode}, of chunks. */
    void prefill(Stream stream, long qkv, PrefillAttention.Chunks chunks, long out, int layer);

    @Override
    void close();
}
