package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Launches attention of single tokens over the paged KV cache, by equal shares of all contexts.
 * Owns the memory that their parts are sent through.
 */
final class DecodeAttention implements AutoCloseable {
    /**
     * Of a block, where its shared memory holds their tiles; 7 with 3 stages take 1 to 2 % longer.
     */
    private static final int MAX_WARPS = 8;

    private static final int STAGES = 2;

    /** Keys that a warp takes at a time, and query heads that share them at most. */
    private static final int TILE = 16;

    /** Query heads that a tensor core's tile holds. */
    private static final int QUERY_TILE = 8;

    /** Bytes of what a share's warps are told. */
    private static final long START_BYTES = 32;

    private final Owned owned = new Owned();
    private final ModelConfig config;
    private final KvLayout layout;
    private final float scale;

    /** Of a block; each takes a share. */
    private final int warps;

    private final int blocks;
    private final Kernel plan;
    private final Kernel attend;
    private final Map<Integer, Shares> shares = new LinkedHashMap<>();
    private final DeviceBuffer messages;

    /** How a step's contexts are cut where layers see the same window of them; see the kernels. */
    private record Shares(DeviceBuffer plan, DeviceBuffer firstTiles, DeviceBuffer starts) {}

    /**
     * @param maxSequences that decode in one step, padding included
     */
    DecodeAttention(
            KernelCompiler compiler,
            GpuDevice device,
            ModelConfig config,
            KvLayout layout,
            int maxSequences) {
        this.config = config;
        this.layout = layout;
        scale = scale(config);
        warps = Math.min(MAX_WARPS, device.sharedBytesOfBlock() / sharedBytesOfWarp());
        List<String> defines = defines(layout);
        KernelModule plans =
                owned.add(new KernelModule(compiler.compile("decode_plan.cu", defines)));
        KernelModule kernels =
                owned.add(new KernelModule(compiler.compile("decode_attention.cu", defines)));
        plan = plans.kernel("decode_plan", 9, 0).overlapping();
        attend = kernels.kernel("decode_attend", 18, warps * sharedBytesOfWarp()).overlapping();
        // All on the GPU at a time, as a share's warp may wait for the next ones'.
        blocks = device.multiprocessors() * attend.blocksOfMultiprocessor(32 * warps);
        for (int window : config.windows()) {
            shares.computeIfAbsent(
                    window,
                    w ->
                            new Shares(
                                    owned.device(Integer.BYTES),
                                    owned.device(4L * (maxSequences + 1)),
                                    owned.device(START_BYTES * blocks * warps)));
        }
        messages = owned.device((long) messageBytes() * blocks * warps).zeroed();
    }

    /** Tiles of queries that a warp has at a time. */
    private int queryTiles() {
        return (Math.min(TILE, config.groupSize()) + QUERY_TILE - 1) / QUERY_TILE;
    }

    /** What a warp's results take where another one puts them together; see decode_parts.cuh. */
    private int messageBytes() {
        return queryTiles() * (1 + config.headDim() / TILE) * 32 * 4 * Float.BYTES;
    }

    /** Tiles of keys and values, each key with 16 bytes of padding, and a message. */
    private int sharedBytesOfWarp() {
        return STAGES * 2 * TILE * (2 * config.headDim() + 16) + messageBytes();
    }

    private List<String> defines(KvLayout layout) {
        List<String> defines = new ArrayList<>(Kernels.defines(layout));
        defines.add("WARPS=" + warps);
        defines.add("STAGES=" + STAGES);
        defines.add("QUERY_TILES=" + queryTiles());
        return defines;
    }

    /** Weights are powers of two: exp(x) = 2^(x * log2(e)). */
    static float scale(ModelConfig config) {
        return (float) (1 / (Math.sqrt(config.headDim()) * Math.log(2)));
    }

    /** KV heads, each as often as its query heads fill tiles. */
    private int heads() {
        return config.numKvHeads() * ((config.groupSize() + TILE - 1) / TILE);
    }

    /** The single tokens of a step; addresses of {@code int [count]}. */
    record Decodes(long lengths, long rows, long firstBlocks, long tables, int count) {}

    /** Cuts the contexts into shares, for all layers of the step. */
    void plan(Stream stream, Decodes decodes) {
        shares.forEach(
                (window, own) ->
                        plan.with(decodes.lengths)
                                .with(decodes.firstBlocks)
                                .with(own.plan)
                                .with(own.firstTiles)
                                .with(own.starts)
                                .withInt(decodes.count)
                                .withInt(heads())
                                .withInt(window)
                                .withInt(blocks * warps)
                                .launch(stream, 1, 1, 1024));
    }

    /**
     * Attends single tokens to their contexts. After {@link #plan}, with the products of a layer or
     * a wait in between: it reads the plan before the kernel just before it has ended.
     */
    void launch(Stream stream, long qkv, long cache, Decodes decodes, long out, int layer) {
        int window = config.windows().get(layer);
        Shares own = shares.get(window);
        if (own == null) {
            throw new IllegalArgumentException(
                    "layer " + layer + ": window " + window + " (expected: one of " + shares + ")");
        }
        attend.with(qkv)
                .with(cache)
                .with(decodes.lengths)
                .with(decodes.rows)
                .with(decodes.firstBlocks)
                .with(decodes.tables)
                .with(own.plan)
                .with(own.firstTiles)
                .with(own.starts)
                .with(out)
                .with(messages)
                .with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numHeads())
                .withInt(config.numKvHeads())
                .withInt(config.qkvSize())
                .withInt(window)
                .withFloat(scale)
                .launch(stream, blocks, 1, 32 * warps);
    }

    @Override
    public void close() {
        owned.close();
    }
}
