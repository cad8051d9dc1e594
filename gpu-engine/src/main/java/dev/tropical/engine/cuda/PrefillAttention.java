package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Launches attention of prompt chunks over the paged KV cache, by tiles of queries. There are two
 * kernels for it: one of Hopper's own instructions, for the shapes that it takes, and one that runs
 * on all GPUs and shapes.
 */
final class PrefillAttention implements AutoCloseable {
    /** Queries of a tile, in both kernels. */
    static final int TILE_QUERIES = 128;

    private static final int MAX_HEAD_DIM = 256;
    private static final int KEYS = 64;
    private static final int THREADS = 256;

    private static final int HOPPER_CAPABILITY = 90;
    private static final int HOPPER_KEYS = 128;
    private static final int HOPPER_STAGES = 2;
    private static final int HOPPER_THREADS = 384;

    /** Up to so much is lost to the alignment of shared memory. */
    private static final int HOPPER_ALIGNMENT = 1024;

    private final Owned owned = new Owned();
    private final ModelConfig config;
    private final KvLayout layout;
    private final long cache;
    private final float scale;
    private final Kernel kernel;

    /** Of the cache; null where the general kernel is used. */
    private final @Nullable TensorMap map;

    /**
     * @param cache the pool's blocks
     * @param capability of the GPU, e.g. 90
     */
    PrefillAttention(
            KernelCompiler compiler,
            int capability,
            ModelConfig config,
            KvLayout layout,
            DeviceBuffer cache) {
        this.config = config;
        this.layout = layout;
        this.cache = cache.address();
        if (config.headDim() > MAX_HEAD_DIM) {
            throw new IllegalArgumentException(
                    "head_dim: " + config.headDim() + " (expected: at most " + MAX_HEAD_DIM + ")");
        }
        scale = DecodeAttention.scale(config);
        int headDim = config.headDim();
        List<String> defines = Kernels.defines(layout);
        if (capability == HOPPER_CAPABILITY && isForHopper(layout)) {
            map = TensorMap.ofCache(cache, layout);
            int elements = TILE_QUERIES + 2 * HOPPER_STAGES * HOPPER_KEYS;
            kernel =
                    module(compiler, "prefill_attention_sm90.cu", defines)
                            .kernel(
                                    "prefill_attention_sm90",
                                    12,
                                    HOPPER_ALIGNMENT + 2 * elements * headDim)
                            .overlapping();
        } else {
            map = null;
            kernel =
                    module(compiler, "prefill_attention.cu", defines)
                            .kernel("prefill_attention", 12, 4 * KEYS * 2 * (headDim + 8))
                            .overlapping();
        }
    }

    private KernelModule module(KernelCompiler compiler, String file, List<String> defines) {
        return owned.add(new KernelModule(compiler.compile(file, defines)));
    }

    private static boolean isForHopper(KvLayout layout) {
        boolean isDim = layout.headDim() == 64 || layout.headDim() == 128;
        return isDim && layout.blockSize() >= 8 && layout.blockSize() <= HOPPER_KEYS;
    }

    /** The chunks of a step; addresses. */
    record Chunks(long chunks, long tiles, long tables, int tileCount) {}

    /** Attends each chunk's queries {@code qkv} to their positions; see prefill_attention.cu. */
    void launch(Stream stream, long qkv, Chunks chunks, long out, int layer) {
        if (map == null) {
            launchGeneral(stream, qkv, chunks, out, layer);
        } else {
            launchOnHopper(stream, map, qkv, chunks, out, layer);
        }
    }

    private void launchGeneral(Stream stream, long qkv, Chunks chunks, long out, int layer) {
        kernel.with(qkv)
                .with(cache)
                .with(chunks.chunks)
                .with(chunks.tiles)
                .with(chunks.tables)
                .with(out)
                .with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numKvHeads())
                .withInt(config.qkvSize())
                .withInt(config.windows().get(layer))
                .withFloat(scale)
                .launch(stream, config.numHeads(), chunks.tileCount, THREADS);
    }

    private void launchOnHopper(
            Stream stream, TensorMap map, long qkv, Chunks chunks, long out, int layer) {
        kernel.with(map.pointer())
                .with(qkv)
                .with(chunks.chunks)
                .with(chunks.tiles)
                .with(chunks.tables)
                .with(out)
                .withInt(layout.layers())
                .withInt(layer)
                .withInt(config.numKvHeads())
                .withInt(config.qkvSize())
                .withInt(config.windows().get(layer))
                .withFloat(scale)
                .launch(stream, config.numHeads(), chunks.tileCount, HOPPER_THREADS);
    }

    @Override
    public void close() {
        owned.close();
        if (map != null) {
            map.close();
        }
    }
}
