package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;

/** Attention in float32, without tensor cores. */
final class Float32Attention implements Attention {
    private static final int DECODE_THREADS = 32;
    private static final int PREFILL_THREADS = 256;

    private final KernelModule module;
    private final ModelConfig config;
    private final KvLayout layout;
    private final long cache;
    private final Kernel decode;
    private final Kernel prefill;

    /**
     * @param cache the pool's blocks
     */
    Float32Attention(
            KernelCompiler compiler, ModelConfig config, KvLayout layout, DeviceBuffer cache) {
        this.config = config;
        this.layout = layout;
        this.cache = cache.address();
        module =
                new KernelModule(compiler.compile("float32_attention.cu", Kernels.defines(layout)));
        decode = module.kernel("decode_attention_float32", 13, 0).overlapping();
        prefill = module.kernel("prefill_attention_float32", 12, 0).overlapping();
    }

    @Override
    public void plan(Stream stream, DecodeAttention.Decodes decodes) {
        // A warp goes over the whole context.
    }

    @Override
    public void decode(
            Stream stream, long qkv, DecodeAttention.Decodes decodes, long out, int layer) {
        decode.with(qkv)
                .with(cache)
                .with(decodes.lengths())
                .with(decodes.rows())
                .with(decodes.firstBlocks())
                .with(decodes.tables())
                .with(out);
        launch(decode, stream, layer, decodes.count(), DECODE_THREADS);
    }

    @Override
    public void prefill(
            Stream stream, long qkv, PrefillAttention.Chunks chunks, long out, int layer) {
        prefill.with(qkv)
                .with(cache)
                .with(chunks.chunks())
                .with(chunks.tiles())
                .with(chunks.tables())
                .with(out);
        launch(prefill, stream, layer, chunks.tileCount(), PREFILL_THREADS);
    }

    private void launch(Kernel kernel, Stream stream, int layer, int rows, int threads) {
        kernel.with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numKvHeads())
                .withInt(config.qkvSize())
                .withInt(config.windows().get(layer))
                .withFloat(DecodeAttention.scale(config))
                .launch(stream, config.numHeads(), rows, threads);
    }

    @Override
    public void close() {
        module.close();
    }
}
