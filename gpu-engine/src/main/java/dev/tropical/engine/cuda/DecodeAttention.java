package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Launches attention of single tokens over the paged KV cache, by equal shares of all contexts.
 * Owns the memory of the shares' results.
 */
final class DecodeAttention implements AutoCloseable {
    private static final int WARPS = 4;
    private static final int STAGES = 3;

    /** Keys that a warp takes at a time, and query heads that share them. */
    private static final int TILE = 16;

    /** Bytes of what a share's warps are told. */
    private static final long START_BYTES = 32;

    private final Owned owned = new Owned();
    private final ModelConfig config;
    private final KvLayout layout;
    private final float scale;

    /** Neighbouring heads that warps of a block read together. */
    private final int team;

    private final int blocks;
    private final Kernel plan;
    private final Kernel attend;
    private final Map<Integer, Shares> shares = new LinkedHashMap<>();
    private final DeviceBuffer partialOut;
    private final DeviceBuffer partialLogs;
    private final DeviceBuffer arrivals;

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
        team = greatestCommonDivisor(heads(), WARPS);
        int shared = WARPS * STAGES * 2 * TILE * 2 * (config.headDim() + 8);
        List<String> defines = defines(layout);
        KernelModule plans =
                owned.add(new KernelModule(compiler.compile("decode_plan.cu", defines)));
        KernelModule kernels =
                owned.add(new KernelModule(compiler.compile("decode_attention.cu", defines)));
        plan = plans.kernel("decode_plan", 11, 0).overlapping();
        attend = kernels.kernel("decode_attend", 20, shared).overlapping();
        blocks = device.multiprocessors() * attend.blocksOfMultiprocessor(32 * WARPS);
        for (int window : config.windows()) {
            shares.computeIfAbsent(
                    window,
                    w ->
                            new Shares(
                                    owned.device(Integer.BYTES),
                                    owned.device(4L * (maxSequences + 1)),
                                    owned.device(START_BYTES * teams())));
        }
        long rows = parts() * Math.min(TILE, config.groupSize());
        partialOut = owned.device(4 * rows * config.headDim());
        partialLogs = owned.device(4 * rows);
        arrivals = owned.device(4 * arrivalCount());
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }

    private List<String> defines(KvLayout layout) {
        List<String> defines = new ArrayList<>(Kernels.defines(layout));
        defines.add("WARPS=" + WARPS);
        defines.add("STAGES=" + STAGES);
        defines.add("TEAM=" + team);
        return defines;
    }

    /** Weights are powers of two: exp(x) = 2^(x * log2(e)). */
    static float scale(ModelConfig config) {
        return (float) (1 / (Math.sqrt(config.headDim()) * Math.log(2)));
    }

    private int teams() {
        return blocks * WARPS / team;
    }

    /** Each warp opens a head that it does not end, and goes on with another. */
    private long parts() {
        return 2L * blocks * WARPS;
    }

    /** Of sets of parts, and of heads. */
    private long arrivalCount() {
        return 2 * parts();
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
                                .with(arrivals)
                                .withInt(decodes.count)
                                .withInt(heads() / team)
                                .withInt(window)
                                .withInt(teams())
                                .withInt((int) arrivalCount())
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
                .with(partialOut)
                .with(partialLogs)
                .with(arrivals)
                .with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numHeads())
                .withInt(config.numKvHeads())
                .withInt(config.qkvSize())
                .withInt(window)
                .withFloat(scale)
                .launch(stream, blocks, 1, 32 * WARPS);
    }

    @Override
    public void close() {
        owned.close();
    }
}
