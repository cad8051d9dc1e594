package dev.tropical.engine.cpu;

import dev.tropical.engine.cpu.kernels.Vectors;
import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;

/**
 * Causal attention of single queries over the paged KV cache: {@code out = sum over positions of
 * softmax(q k / sqrt(headDim)) v}. A query visits the positions it sees in ascending order, once
 * for the scores and once for the values, so its result depends on nothing but the cache's
 * contents.
 */
final class Attention {
    private final ModelConfig config;
    private final KvPool pool;
    private final float scale;

    /** [worker][head of the group][position]: scores, then their exponentials. */
    private final float[][][] scores;

    private final float[][] scratch;

    Attention(ModelConfig config, KvPool pool, int maxModelLen, int workers) {
        this.config = config;
        this.pool = pool;
        this.scale = (float) (1 / Math.sqrt(config.headDim()));
        this.scores = new float[workers][config.groupSize()][maxModelLen + Vectors.SCRATCH];
        this.scratch = new float[workers][Vectors.SCRATCH];
    }

    /**
     * Computes the heads of one group for one token.
     *
     * @param position of the token; its own key and value are in the cache already
     * @param queries the group's heads {@code [groupSize][headDim]} from {@code queriesOffset}
     * @param out the same shape from {@code outOffset}
     */
    void attend(
            int layer,
            int kvHead,
            int position,
            int[] blockTable,
            float[] queries,
            int queriesOffset,
            float[] out,
            int outOffset,
            int worker) {
        int headDim = config.headDim();
        int window = config.windows().get(layer);
        int first = window == 0 ? 0 : Math.max(0, position + 1 - window);
        float[][] groupScores = scores[worker];
        float[] maxima = new float[groupScores.length];
        Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
        int blockSize = pool.blockSize();
        for (int at = first, count; at <= position; at += count) {
            count = Math.min(blockSize - at % blockSize, position + 1 - at);
            int keys = pool.keys(layer, kvHead) + at % blockSize * headDim;
            float[] block = pool.block(blockTable[at / blockSize]);
            for (int head = 0; head < maxima.length; head++) {
                float max =
                        Vectors.scores(
                                queries,
                                queriesOffset + head * headDim,
                                headDim,
                                scale,
                                block,
                                keys,
                                count,
                                groupScores[head],
                                at - first,
                                scratch[worker]);
                maxima[head] = Math.max(maxima[head], max);
            }
        }
        addValues(layer, kvHead, first, position, blockTable, maxima, out, outOffset, worker);
    }

    private void addValues(
            int layer,
            int kvHead,
            int first,
            int position,
            int[] blockTable,
            float[] maxima,
            float[] out,
            int outOffset,
            int worker) {
        int headDim = config.headDim();
        int blockSize = pool.blockSize();
        float[][] weights = scores[worker];
        float[] sums = new float[maxima.length];
        for (int head = 0; head < maxima.length; head++) {
            sums[head] =
                    Vectors.exponentials(
                            weights[head], position + 1 - first, maxima[head], scratch[worker]);
        }
        Arrays.fill(out, outOffset, outOffset + maxima.length * headDim, 0f);
        for (int at = first, count; at <= position; at += count) {
            count = Math.min(blockSize - at % blockSize, position + 1 - at);
            int values = pool.values(layer, kvHead) + at % blockSize * headDim;
            float[] block = pool.block(blockTable[at / blockSize]);
            for (int head = 0; head < maxima.length; head++) {
                Vectors.addWeighted(
                        weights[head],
                        at - first,
                        block,
                        values,
                        count,
                        headDim,
                        out,
                        outOffset + head * headDim);
            }
        }
        for (int head = 0; head < maxima.length; head++) {
            float inverse = 1 / sums[head];
            for (int i = outOffset + head * headDim; i < outOffset + (head + 1) * headDim; i++) {
                out[i] *= inverse;
            }
        }
    }
}
