package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches the kernels that work on each token by itself, for one model's sizes. Arguments are
 * device addresses; shapes are the kernels' ({@code src/main/cuda}). The owner's thread only.
 */
final class Kernels implements AutoCloseable {
    private static final int THREADS = 256;
    private static final int MAX_THREADS = 1024;

    /** So many that more blocks of threads would wait for room on the GPU. */
    private static final int FEW_TOKENS = 256;

    /** What rms_norm keeps in the registers of a block. */
    private static final int MAX_HIDDEN_SIZE = 16 * 1024;

    private final Owned owned = new Owned();
    private final ModelConfig config;
    private final KvLayout layout;
    private final Kernel embedding;
    private final Kernel rmsNorm;
    private final Kernel ropeTable;
    private final Kernel qkvCache;
    private final Kernel siluMul;
    private final Kernel randomFill;

    Kernels(KernelCompiler compiler, ModelConfig config, KvLayout layout) {
        this.config = config;
        this.layout = layout;
        requireMultiple("hidden_size", config.hiddenSize(), 8);
        if (config.hiddenSize() > MAX_HIDDEN_SIZE) {
            throw new IllegalArgumentException(
                    "hidden_size: "
                            + config.hiddenSize()
                            + " (expected: at most "
                            + MAX_HIDDEN_SIZE
                            + " on a GPU)");
        }
        requireMultiple("intermediate_size", config.intermediateSize(), 8);
        requireMultiple("head_dim", config.headDim(), 16);
        List<String> sizes = defines(layout);
        List<String> types = types(layout.type());
        embedding = load(compiler, "embedding", 5, types).overlapping();
        List<String> norms = new ArrayList<>(types);
        norms.add(normTurns(config));
        rmsNorm = load(compiler, "rms_norm", 7, norms).overlapping();
        ropeTable = load(compiler, "rope_table", 3, List.of());
        qkvCache = load(compiler, "qkv_cache", 12, sizes).overlapping();
        siluMul = load(compiler, "silu_mul", 3, types).overlapping();
        randomFill = load(compiler, "random_fill", 7, types);
    }

    static List<String> defines(KvLayout layout) {
        List<String> defines = new ArrayList<>(types(layout.type()));
        defines.add("HEAD_DIM=" + layout.headDim());
        defines.add("BLOCK_SIZE=" + layout.blockSize());
        return defines;
    }

    private static List<String> types(DType type) {
        return type == DType.F32 ? List.of("FLOAT32") : List.of();
    }

    private Kernel load(KernelCompiler compiler, String name, int arguments, List<String> defines) {
        return owned.add(new KernelModule(compiler.compile(name + ".cu", defines)))
                .kernel(name, arguments, 0);
    }

    private static void requireMultiple(String name, int value, int unit) {
        if (value % unit != 0) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: a multiple of " + unit + " on a GPU)");
        }
    }

    /** {@code ids [tokens]} to {@code residual [tokens][hidden]}. */
    void embedding(
            Stream stream, Matrix table, long ids, long lastTokens, long residual, int tokens) {
        embedding
                .with(table.address())
                .with(ids)
                .with(lastTokens)
                .with(residual)
                .withInt(table.cols())
                .launch(stream, tokens, 1, 128);
    }

    /** What a norm reads and writes; addresses, {@code delta} and {@code rows} may be 0. */
    record Norm(long residual, long delta, long weight, long rows, long out) {}

    void rmsNorm(Stream stream, Norm norm, int count) {
        rmsNorm.with(norm.residual)
                .with(norm.delta)
                .with(norm.weight)
                .with(norm.rows)
                .with(norm.out)
                .withInt(config.hiddenSize())
                .withFloat(config.normEps())
                .launch(stream, count, 1, normThreads());
    }

    /** Enough that a row is read at once; the kernel keeps what each reads in registers. */
    int normThreads() {
        return Math.min(MAX_THREADS, (config.hiddenSize() / 4 + 31) / 32 * 32);
    }

    /** How often each of so many threads reads: what a norm is compiled with. */
    static String normTurns(ModelConfig config) {
        return "TURNS=" + (config.hiddenSize() / 4 + MAX_THREADS - 1) / MAX_THREADS;
    }

    /** {@code turns [positions][headDim / 2]} of cosine and sine. */
    void ropeTable(Stream stream, long frequencies, long turns, int positions) {
        ropeTable
                .with(frequencies)
                .with(turns)
                .withInt(config.headDim() / 2)
                .launch(stream, positions, 1, 32);
    }

    /** Where the tokens of a step belong; addresses. */
    record Places(long turns, long positions, long slots) {}

    void qkvCache(
            Stream stream,
            long qkv,
            Places places,
            GpuWeights.Layer norms,
            long cache,
            int layer,
            int tokens) {
        qkvCache.with(qkv)
                .with(places.turns)
                .with(places.positions)
                .with(places.slots)
                .with(norms.queryNorm())
                .with(norms.keyNorm())
                .with(cache)
                .with(layout.blockElements())
                .withInt(layer)
                .withInt(config.numHeads())
                .withInt(config.numKvHeads())
                .withFloat(config.normEps())
                .launch(stream, tokens, qkvCacheBlocks(tokens), THREADS);
    }

    /** Of a token: few tokens get a warp for each head. */
    private int qkvCacheBlocks(int tokens) {
        int heads = config.numHeads() + 2 * config.numKvHeads();
        int most = (heads + THREADS / 32 - 1) / (THREADS / 32);
        return tokens <= FEW_TOKENS ? most : 1;
    }

    /** {@code gateUp [tokens][2 * intermediate]} to {@code out [tokens][intermediate]}. */
    void siluMul(Stream stream, long gateUp, long out, int tokens) {
        int size = config.intermediateSize();
        int perBlock = 8 * THREADS;
        siluMul.with(gateUp)
                .with(out)
                .withInt(size)
                .launch(stream, tokens, (size + perBlock - 1) / perBlock, THREADS);
    }

    /**
     * Which random numbers: those of a part of a matrix.
     *
     * @param first index in the whole matrix
     * @param seed of the whole matrix
     */
    record Fill(long rows, Columns columns, long first, long seed) {
        /** Those of a whole array. */
        static Fill all(long count, long seed) {
            return new Fill(count, Columns.all(1), 0, seed);
        }
    }

    /** Fills {@code [rows][columns.count]} with uniform numbers in [-scale, scale). */
    void randomFill(Stream stream, long out, Fill fill, float scale) {
        long count = fill.rows * fill.columns.count();
        int blocks = (int) Math.min(4096, (count + THREADS - 1) / THREADS);
        randomFill
                .with(out)
                .with(count)
                .withInt(fill.columns.count())
                .withInt(fill.columns.total())
                .with(fill.first)
                .withFloat(scale)
                .with(fill.seed)
                .launch(stream, blocks, 1, THREADS);
    }

    @Override
    public void close() {
        owned.close();
    }
}
