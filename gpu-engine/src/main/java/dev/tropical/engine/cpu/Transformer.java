package dev.tropical.engine.cpu;

import dev.tropical.engine.cpu.ModelWeights.Layer;
import dev.tropical.engine.cpu.ModelWeights.Linear;
import dev.tropical.engine.cpu.kernels.PackedMatrix;
import dev.tropical.engine.cpu.kernels.Tiles;
import dev.tropical.engine.cpu.kernels.Vectors;
import dev.tropical.engine.model.ModelConfig;

/**
 * The forward pass of a slice. Called by the device thread, which hands the parts of each stage to
 * the workers; the stages of a layer run one after the other.
 */
final class Transformer {
    /** Input tokens of a slice: weights are read once for so many, and activations stay small. */
    static final int MAX_SLICE_TOKENS = 512;

    /** Rows of logits computed at a time: a vocabulary of 128k takes 16 MiB. */
    static final int MAX_LOGIT_ROWS = 32;

    /** Below this many multiply-adds (10 us) a job is not worth waking another thread for. */
    private static final long MIN_PARALLEL_WORK = 1 << 19;

    private static final int RANGES_PER_THREAD = 8;

    private final ModelConfig config;
    private final ModelWeights weights;
    private final KvPool pool;
    private final WorkerPool workers;
    private final Attention attention;
    private final RopeAngles angles;
    private final float[][] scratch;

    /** The residual stream {@code [tokens][hiddenSize]}. */
    private final float[] hidden;

    private final float[] normed;
    private final float[] qkv;
    private final float[] attended;
    private final float[] projected;
    private final float[] gateUp;
    private final float[] tiles;
    private final float[] logits;

    private final int hiddenStride;
    private final int qkvStride;
    private final int gateUpStride;

    Transformer(
            ModelConfig config,
            ModelWeights weights,
            KvPool pool,
            WorkerPool workers,
            int maxTokens,
            int maxModelLen) {
        this.config = config;
        this.weights = weights;
        this.pool = pool;
        this.workers = workers;
        this.attention = new Attention(config, pool, maxModelLen, workers.size());
        this.angles = new RopeAngles(config.rope().frequencies(config.headDim()), maxTokens);
        this.scratch = new float[workers.size()][Vectors.SCRATCH];
        int heads = config.numHeads() * config.headDim();
        hiddenStride = PackedMatrix.paddedRows(config.hiddenSize());
        qkvStride = PackedMatrix.paddedRows(heads + 2 * config.numKvHeads() * config.headDim());
        gateUpStride = PackedMatrix.paddedRows(2 * config.intermediateSize());
        hidden = new float[maxTokens * config.hiddenSize()];
        normed = new float[maxTokens * config.hiddenSize()];
        qkv = new float[maxTokens * qkvStride];
        attended = new float[maxTokens * heads];
        projected = new float[maxTokens * hiddenStride];
        gateUp = new float[maxTokens * gateUpStride];
        int widest = Math.max(Math.max(config.hiddenSize(), heads), config.intermediateSize());
        tiles = new float[Tiles.size(maxTokens, widest)];
        logits = new float[Math.min(MAX_LOGIT_ROWS, maxTokens) * logitsStride()];
    }

    /** How many rows {@link #logits} computes at most. */
    int logitRows() {
        return logits.length / logitsStride();
    }

    /** Floats between two rows of {@link #logits}. */
    int logitsStride() {
        return PackedMatrix.paddedRows(config.vocabSize());
    }

    /** Runs all layers over a slice and writes its keys and values into the pool. */
    void forward(Slice slice) {
        int size = config.hiddenSize();
        for (int token = 0; token < slice.count; token++) {
            openUpTo(slice, token);
        }
        forEachToken(
                slice.count,
                (token, worker) -> {
                    weights.embedding().copyRow(slice.tokenIds[token], hidden, token * size);
                    angles.set(token, slice.positions[token]);
                });
        for (int i = 0; i < weights.layers().size(); i++) {
            Layer layer = weights.layers().get(i);
            attentionStage(slice, i, layer);
            mlpStage(slice.count, layer);
        }
    }

    private void attentionStage(Slice slice, int index, Layer layer) {
        int count = slice.count;
        normAndPack(count, layer.attentionNorm());
        multiply(layer.qkv(), count, qkv, qkvStride);
        forEachToken(count, (token, worker) -> prepareHeads(slice, index, layer, token, worker));
        int groups = config.numKvHeads();
        int groupDims = config.groupSize() * config.headDim();
        int heads = config.numHeads() * config.headDim();
        // Work grows with the positions; the last token's is close enough to decide by.
        long work = 2L * heads * count * (slice.positions[count - 1] + 1);
        forEach(
                count * groups,
                work,
                (item, worker) -> {
                    int token = item / groups;
                    int kvHead = item % groups;
                    Attention.Group group =
                            new Attention.Group(
                                    kvHead,
                                    qkv,
                                    token * qkvStride + kvHead * groupDims,
                                    attended,
                                    token * heads + kvHead * groupDims);
                    attention.attend(slice, token, index, group, worker);
                });
        pack(attended, heads, count, heads);
        multiply(layer.output(), count, projected, hiddenStride);
        addProjected(count);
    }

    /** Norms and turns a token's query and key heads, and puts key and value into the cache. */
    private void prepareHeads(Slice slice, int index, Layer layer, int token, int worker) {
        int headDim = config.headDim();
        int row = token * qkvStride;
        int keys = row + config.numHeads() * headDim;
        int values = keys + config.numKvHeads() * headDim;
        for (int at = row; at < values; at += headDim) {
            float[] norm = at < keys ? layer.queryNorm() : layer.keyNorm();
            if (norm != null) {
                Vectors.rmsNorm(qkv, at, norm, config.normEps(), qkv, at, scratch[worker]);
            }
            angles.rotate(token, qkv, at);
        }
        float[] block = pool.block(blockOf(slice, token));
        int slot = slice.positions[token] % pool.blockSize() * headDim;
        for (int head = 0; head < config.numKvHeads(); head++) {
            int from = head * headDim;
            System.arraycopy(qkv, keys + from, block, pool.keys(index, head) + slot, headDim);
            System.arraycopy(qkv, values + from, block, pool.values(index, head) + slot, headDim);
        }
    }

    /** Also those before it: a step that is only measured reads what none has written. */
    private void openUpTo(Slice slice, int token) {
        int last = slice.positions[token] / pool.blockSize();
        for (int index = 0; index <= last; index++) {
            pool.open(slice.blockTables[token][index]);
        }
    }

    /** The block that a token's key and value go to. */
    private int blockOf(Slice slice, int token) {
        return slice.blockTables[token][slice.positions[token] / pool.blockSize()];
    }

    private void mlpStage(int count, Layer layer) {
        normAndPack(count, layer.mlpNorm());
        multiply(layer.gateUp(), count, gateUp, gateUpStride);
        int size = config.intermediateSize();
        forEachToken(
                count,
                (token, worker) -> {
                    int gate = token * gateUpStride;
                    Vectors.siluTimes(gateUp, gate, size);
                });
        pack(gateUp, gateUpStride, count, size);
        multiply(layer.down(), count, projected, hiddenStride);
        addProjected(count);
    }

    /**
     * Logits of some of the slice's sampled tokens, after {@link #forward}: {@code [to -
     * from][logitsStride]}, valid until the next call.
     */
    float[] logits(Slice slice, int from, int to) {
        int size = config.hiddenSize();
        for (int i = from; i < to; i++) {
            int token = slice.sampled[i];
            Vectors.rmsNorm(
                    hidden,
                    token * size,
                    weights.finalNorm(),
                    config.normEps(),
                    normed,
                    (i - from) * size,
                    scratch[0]);
        }
        pack(normed, size, to - from, size);
        multiply(new Linear(weights.head(), null), to - from, logits, logitsStride());
        return logits;
    }

    private void normAndPack(int count, float[] norm) {
        int size = config.hiddenSize();
        forEachToken(
                count,
                (token, worker) ->
                        Vectors.rmsNorm(
                                hidden,
                                token * size,
                                norm,
                                config.normEps(),
                                normed,
                                token * size,
                                scratch[worker]));
        pack(normed, size, count, size);
    }

    private void pack(float[] rows, int stride, int count, int cols) {
        if (count == 1) {
            System.arraycopy(rows, 0, tiles, 0, cols);
            return;
        }
        forEach(
                Tiles.count(count),
                16L * count * cols,
                (tile, worker) -> Tiles.pack(tile, rows, stride, count, cols, tiles));
    }

    /** Multiplies the packed tiles. */
    private void multiply(Linear linear, int count, float[] out, int outStride) {
        PackedMatrix matrix = linear.weight();
        long work = (long) matrix.rows() * matrix.cols() * count;
        if (work < MIN_PARALLEL_WORK) {
            matrix.multiply(0, matrix.units(), tiles, count, out, outStride);
        } else {
            workers.runRanges(
                    matrix.units(),
                    RANGES_PER_THREAD,
                    (from, to, worker) -> matrix.multiply(from, to, tiles, count, out, outStride));
        }
        float[] bias = linear.bias();
        if (bias != null) {
            forEachToken(
                    count,
                    (token, worker) -> Vectors.add(bias, 0, out, token * outStride, bias.length));
        }
    }

    private void addProjected(int count) {
        int size = config.hiddenSize();
        forEachToken(
                count,
                (token, worker) ->
                        Vectors.add(projected, token * hiddenStride, hidden, token * size, size));
    }

    private void forEachToken(int count, WorkerPool.Task task) {
        forEach(count, 16L * count * config.hiddenSize(), task);
    }

    /**
     * @param work about how many multiply-adds the job costs
     */
    private void forEach(int count, long work, WorkerPool.Task task) {
        if (work < MIN_PARALLEL_WORK) {
            for (int i = 0; i < count; i++) {
                task.run(i, 0);
            }
            return;
        }
        workers.runRanges(
                count,
                RANGES_PER_THREAD,
                (from, to, worker) -> {
                    for (int i = from; i < to; i++) {
                        task.run(i, worker);
                    }
                });
    }
}
