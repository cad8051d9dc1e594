package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches attention of single tokens over the paged KV cache, by parts of their contexts. Owns the
 * memory of the parts' results.
 */
final class DecodeAttention implements AutoCloseable {
    private static final int WARPS = 4;
    private static final int STAGES = 3;

    /** Keys that a warp takes at a time, and query heads that share them. */
    private static final int TILE = 16;

    /** What an SM's shared memory sets aside for each block. */
    private static final int RESERVED_SHARED_BYTES = 1024;

    /** Parts a resident block gets on average: enough that the last ones end close together. */
    private static final int PARTS_PER_BLOCK = 4;

    private final Owned owned = new Owned();
    private final ModelConfig config;
    private final KvLayout layout;
    private final float scale;
    private final int residentBlocks;
    private final int targetParts;
    private final Kernel plan;
    private final Kernel attend;
    private final DeviceBuffer cut;
    private final DeviceBuffer firstParts;
    private final DeviceBuffer parts;
    private final DeviceBuffer partialOut;
    private final DeviceBuffer partialLogs;
    private final DeviceBuffer arrivals;

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
        int shared = WARPS * STAGES * 2 * TILE * 2 * (config.headDim() + 8);
        KernelModule kernels =
                owned.add(
                        new KernelModule(
                                compiler.compile("decode_attention.cu", defines(layout))));
        plan = kernels.kernel("decode_plan", 8, 0).overlapping();
        attend = kernels.kernel("decode_attend", 20, shared).overlapping();

        int fitting = device.sharedBytes() / (shared + RESERVED_SHARED_BYTES);
        residentBlocks = device.multiprocessors() * Math.min(8, Math.max(1, fitting));
        targetParts = Math.max(1, residentBlocks * PARTS_PER_BLOCK / config.numKvHeads());
        long maxParts = (long) maxSequences + targetParts;
        cut = owned.device(8);
        firstParts = owned.device(4L * (maxSequences + 1));
        parts = owned.device(8 * maxParts);
        partialOut = owned.device(4 * maxParts * config.numHeads() * config.headDim());
        partialLogs = owned.device(4 * maxParts * config.numHeads());
        arrivals = owned.device(4L * maxSequences * arrivalsOfSequence());
    }

    private static List<String> defines(KvLayout layout) {
        List<String> defines = new ArrayList<>(Kernels.defines(layout));
        defines.add("WARPS=" + WARPS);
        defines.add("STAGES=" + STAGES);
        return defines;
    }

    /** Weights are powers of two: exp(x) = 2^(x * log2(e)). */
    static float scale(ModelConfig config) {
        return (float) (1 / (Math.sqrt(config.headDim()) * Math.log(2)));
    }

    /** Blocks of threads that share a part: one for each tile of the heads of a KV head. */
    private int arrivalsOfSequence() {
        return config.numKvHeads() * ((config.groupSize() + TILE - 1) / TILE);
    }

    /** The single tokens of a step; addresses of {@code int [count]}. */
    record Decodes(long lengths, long rows, long firstBlocks, long tables, int count) {}

    /** Cuts the contexts into parts, for all layers of the step. */
    void plan(Stream stream, Decodes decodes) {
        plan.with(decodes.lengths)
                .with(cut)
                .with(firstParts)
                .with(parts)
                .with(arrivals)
                .withInt(decodes.count)
                .withInt(targetParts)
                .withInt(arrivalsOfSequence())
                .launch(stream, 1, 1, 1024);
    }

    /** Attends single tokens to their contexts, after {@link #plan}. */
    void launch(Stream stream, long qkv, long cache, Decodes decodes, long out, int layer) {
        attend.with(qkv)
                .with(cache)
                .with(decodes.lengths)
                .with(decodes.rows)
                .with(decodes.firstBlocks)
                .with(decodes.tables)
                .with(cut)
                .with(firstParts)
                .with(parts)
                .with(out)
                .with(partialOut)
                .with(partialLogs)
                .with(arrivals)
                .with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numHeads())
                .withInt(config.numKvHeads())
                .withInt(config.qkvSize())
                .withInt(config.windows().get(layer))
                .withFloat(scale)
                .launch(stream, residentBlocks, 1, 32 * WARPS);
    }

    @Override
    public void close() {
        owned.close();
    }
}
