package dev.tropical.engine.cpu.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of one query head of one token: {@code sum over positions of softmax(scale * q k) v}.
 * {@link #begin}, {@link #score} for all keys, {@link #weigh}, {@link #add} for all values, {@link
 * #finish}; keys and values in ascending order of positions. They may come in any number of parts:
 * the order of additions is that of the positions alone. Reused; owned by one thread.
 */
public final class HeadAttention {
    private final int headDim;
    private final float scale;
    private final float[] query;
    private final float[] sums;
    private final float[] scratch = new float[Vectors.SCRATCH];

    /** Scores, then weights; with room for a last vector's idle lanes. */
    private final float[] weights;

    private int count;
    private int added;
    private float max;
    private float total;

    /**
     * @param headDim a multiple of 16
     * @param maxPositions that a query sees
     */
    public HeadAttention(int headDim, float scale, int maxPositions) {
        this.headDim = headDim;
        this.scale = scale;
        this.query = new float[headDim];
        this.sums = new float[headDim];
        this.weights = new float[maxPositions + Lanes.COUNT];
    }

    /** Takes a query {@code [headDim]}. */
    public void begin(float[] queries, int offset) {
        System.arraycopy(queries, offset, query, 0, headDim);
        Arrays.fill(sums, 0f);
        count = 0;
        added = 0;
        max = Float.NEGATIVE_INFINITY;
    }

    /** Scores the next keys {@code [positions][headDim]}. */
    public void score(float[] keys, int offset, int positions) {
        for (int i = 0; i < positions; i++) {
            int key = offset + i * headDim;
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int d = 0; d < headDim; d += Lanes.COUNT) {
                FloatVector q = FloatVector.fromArray(Lanes.FLOATS, query, d);
                sum = q.fma(FloatVector.fromArray(Lanes.FLOATS, keys, key + d), sum);
            }
            float score = scale * Vectors.sumLanes(sum, scratch);
            weights[count++] = score;
            max = Math.max(max, score);
        }
    }

    /** Turns the scores into {@code exp(score - largest)}. */
    public void weigh() {
        Arrays.fill(weights, count, count + Lanes.COUNT, Float.NEGATIVE_INFINITY);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector x = Exp.of(FloatVector.fromArray(Lanes.FLOATS, weights, i).sub(max));
            x.intoArray(weights, i);
            sum = sum.add(x);
        }
        total = Vectors.sumLanes(sum, scratch);
    }

    /** Adds the next values {@code [positions][headDim]}. */
    public void add(float[] values, int offset, int positions) {
        int d = 0;
        for (; d + 4 * Lanes.COUNT <= headDim; d += 4 * Lanes.COUNT) {
            addFour(values, offset, positions, d);
        }
        for (; d < headDim; d += Lanes.COUNT) {
            addOne(values, offset, positions, d);
        }
        added += positions;
    }

    private void addOne(float[] values, int offset, int positions, int d) {
        FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, sums, d);
        for (int i = 0; i < positions; i++) {
            FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[added + i]);
            int at = offset + d + i * headDim;
            sum = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at), sum);
        }
        sum.intoArray(sums, d);
    }

    /** Four vectors at once, as one alone would wait for each addition. */
    private void addFour(float[] values, int offset, int positions, int d) {
        int lanes = Lanes.COUNT;
        FloatVector a = FloatVector.fromArray(Lanes.FLOATS, sums, d);
        FloatVector b = FloatVector.fromArray(Lanes.FLOATS, sums, d + lanes);
        FloatVector c = FloatVector.fromArray(Lanes.FLOATS, sums, d + 2 * lanes);
        FloatVector e = FloatVector.fromArray(Lanes.FLOATS, sums, d + 3 * lanes);
        for (int i = 0; i < positions; i++) {
            FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[added + i]);
            int at = offset + d + i * headDim;
            a = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at), a);
            b = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + lanes), b);
            c = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + 2 * lanes), c);
            e = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + 3 * lanes), e);
        }
        a.intoArray(sums, d);
        b.intoArray(sums, d + lanes);
        c.intoArray(sums, d + 2 * lanes);
        e.intoArray(sums, d + 3 * lanes);
    }

    /** Writes the weighted mean of the values {@code [headDim]}. */
    public void finish(float[] out, int offset) {
        float inverse = 1 / total;
        for (int d = 0; d < headDim; d++) {
            out[offset + d] = sums[d] * inverse;
        }
    }
}
