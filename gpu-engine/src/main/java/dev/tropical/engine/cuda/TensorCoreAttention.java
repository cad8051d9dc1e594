package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;

/** Attention in bf16. */
final class TensorCoreAttention implements Attention {
    private final Owned owned = new Owned();
    private final DecodeAttention decode;
    private final PrefillAttention prefill;
    private final long cache;

    /**
     * @param cache the pool's blocks
     * @param maxSequences that decode in one step, padding included
     */
    TensorCoreAttention(
            KernelCompiler compiler,
            GpuDevice device,
            ModelConfig config,
            KvLayout layout,
            DeviceBuffer cache,
            int maxSequences) {
        this.cache = cache.address();
        decode = owned.add(new DecodeAttention(compiler, device, config, layout, maxSequences));
        prefill =
                owned.add(
                        new PrefillAttention(compiler, device.capability(), config, layout, cache));
    }

    @Override
    public void plan(Stream stream, DecodeAttention.Decodes decodes) {
        decode.plan(stream, decodes);
    }

    @Override
    public void decode(
            Stream stream, long qkv, DecodeAttention.Decodes decodes, long out, int layer) {
        decode.launch(stream, qkv, cache, decodes, out, layer);
    }

    @Override
    public void prefill(
            Stream stream, long qkv, PrefillAttention.Chunks chunks, long out, int layer) {
        prefill.launch(stream, qkv, chunks, out, layer);
    }

    @Override
    public void close() {
        owned.close();
    }
}
