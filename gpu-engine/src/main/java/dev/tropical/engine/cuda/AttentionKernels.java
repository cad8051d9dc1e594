package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;

/**
 * Launches attention over the paged KV cache: prompt chunks by tiles of queries, single tokens by
 * parts of their contexts. Owns the memory of the parts' results.
 */
final class AttentionKernels implements AutoCloseable {
    /** Queries of a tile of prefill_attention. */
    static final int TILE_QUERIES = 128;

    private static final int MAX_HEAD_DIM = 256;
    private static final int PREFILL_KEYS = 64;
    private static final int PREFILL_THREADS = 256;
    private static final int DECODE_THREADS = 128;

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
    private final Kernel prefill;
    private final Kernel plan;
    private final Kernel attend;
    private final Kernel merge;
    private final DeviceBuffer cut;
    private final DeviceBuffer firstParts;
    private final DeviceBuffer parts;
    private final DeviceBuffer partialOut;
    private final DeviceBuffer partialLogs;

    /**
     * @param maxSequences that decode in one step, padding included
     */
    AttentionKernels(
            KernelCompiler compiler,
            GpuDevice device,
            ModelConfig config,
            KvLayout layout,
            int maxSequences) {
        this.config = config;
        this.layout = layout;
        if (config.headDim() > MAX_HEAD_DIM) {
            throw new IllegalArgumentException(
                    "head_dim: " + config.headDim() + " (expected: at most " + MAX_HEAD_DIM + ")");
        }
        // Weights are powers of two: exp(x) = 2^(x * log2(e)).
        scale = (float) (1 / (Math.sqrt(config.headDim()) * Math.log(2)));
        int keyBytes = 2 * (config.headDim() + 8);
        int decodeShared = 4 * 3 * 2 * 16 * keyBytes;
        KernelModule prefills =
                owned.add(
                        new KernelModule(
                                compiler.compile("prefill_attention.cu", Kernels.defines(layout))));
        prefill = prefills.kernel("prefill_attention", 12, 4 * PREFILL_KEYS * keyBytes);
        KernelModule decodes =
                owned.add(
                        new KernelModule(
                                compiler.compile("decode_attention.cu", Kernels.defines(layout))));
        plan = decodes.kernel("decode_plan", 6, 0);
        attend = decodes.kernel("decode_attend", 19, decodeShared);
        merge = decodes.kernel("decode_merge", 5, 0);

        int fitting = device.sharedBytes() / (decodeShared + RESERVED_SHARED_BYTES);
        residentBlocks = device.multiprocessors() * Math.min(8, Math.max(1, fitting));
        targetParts = Math.max(1, residentBlocks * PARTS_PER_BLOCK / config.numKvHeads());
        long maxParts = (long) maxSequences + targetParts;
        cut = owned.device(8);
        firstParts = owned.device(4L * (maxSequences + 1));
        parts = owned.device(8 * maxParts);
        partialOut = owned.device(4 * maxParts * config.numHeads() * config.headDim());
        partialLogs = owned.device(4 * maxParts * config.numHeads());
    }

    /** The chunks of a step; addresses. */
    record Chunks(long chunks, long tiles, long tables, int tileCount) {}

    /** Attends each chunk's queries {@code qkv} to their positions; see prefill_attention.cu. */
    void prefill(Stream stream, long qkv, long cache, Chunks chunks, long out, int layer) {
        prefill.with(qkv)
                .with(cache)
                .with(chunks.chunks)
                .with(chunks.tiles)
                .with(chunks.tables)
                .with(out)
                .with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numKvHeads())
                .withInt(qkvStride())
                .withInt(config.windows().get(layer))
                .withFloat(scale)
                .launch(stream, config.numHeads(), chunks.tileCount, PREFILL_THREADS);
    }

    /** The single tokens of a step; addresses of {@code int [count]}. */
    record Decodes(long lengths, long rows, long firstBlocks, long tables, int count) {}

    /** Cuts the contexts into parts, for all layers of the step. */
    void planDecode(Stream stream, Decodes decodes) {
        plan.with(decodes.lengths)
                .with(cut)
                .with(firstParts)
                .with(parts)
                .withInt(decodes.count)
                .withInt(targetParts)
                .launch(stream, 1, 1, 1024);
    }

    /** Attends single tokens to their contexts, after {@link #planDecode}. */
    void decode(Stream stream, long qkv, long cache, Decodes decodes, long out, int layer) {
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
                .with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numHeads())
                .withInt(config.numKvHeads())
                .withInt(qkvStride())
                .withInt(config.windows().get(layer))
                .withFloat(scale)
                .launch(stream, residentBlocks, 1, DECODE_THREADS);
        merge.with(firstParts)
                .with(partialOut)
                .with(partialLogs)
                .with(decodes.rows)
                .with(out)
                .launch(stream, config.numHeads(), decodes.count, DECODE_THREADS);
    }

    private int qkvStride() {
        return (config.numHeads() + 2 * config.numKvHeads()) * config.headDim();
    }

    @Override
    public void close() {
        owned.close();
    }
}
