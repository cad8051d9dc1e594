package dev.tropical.engine.cpu.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * What a transformer layer computes beside its matrices. Sums over a row keep one partial sum a
 * lane, and {@link #sumLanes} adds those in a fixed tree: {@code reduceLanes} leaves the order
 * open.
 */
public final class Vectors {
    /** Floats of scratch that a caller hands in; one array a thread. */
    public static final int SCRATCH = 16;

    private Vectors() {}

    /** Adds {@code in} to {@code out}, element by element. */
    public static void add(float[] in, int inOffset, float[] out, int outOffset, int count) {
        for (int i = 0; i < count; i++) {
            out[outOffset + i] += in[inOffset + i];
        }
    }

    /** {@code out = weight * in / sqrt(mean(in^2) + eps)} over a row of {@code weight.length}. */
    public static void rmsNorm(
            float[] in,
            int inOffset,
            float[] weight,
            float eps,
            float[] out,
            int outOffset,
            float[] scratch) {
        int count = weight.length;
        int bulk = Lanes.FLOATS.loopBound(count);
        FloatVector squares = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < bulk; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, in, inOffset + i);
            squares = x.fma(x, squares);
        }
        float sum = sumLanes(squares, scratch);
        for (int i = bulk; i < count; i++) {
            sum = Math.fma(in[inOffset + i], in[inOffset + i], sum);
        }
        float scale = (float) (1 / Math.sqrt(sum / count + eps));
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = weight[i] * (in[inOffset + i] * scale);
        }
    }

    /** {@code out = gate / (1 + exp(-gate)) * up}, element by element. */
    public static void siluTimes(
            float[] gate,
            int gateOffset,
            float[] up,
            int upOffset,
            float[] out,
            int outOffset,
            int count) {
        int bulk = Lanes.FLOATS.loopBound(count);
        for (int i = 0; i < bulk; i += Lanes.COUNT) {
            FloatVector g = FloatVector.fromArray(Lanes.FLOATS, gate, gateOffset + i);
            FloatVector u = FloatVector.fromArray(Lanes.FLOATS, up, upOffset + i);
            g.div(Exp.of(g.neg()).add(1f)).mul(u).intoArray(out, outOffset + i);
        }
        for (int i = bulk; i < count; i++) {
            float g = gate[gateOffset + i];
            out[outOffset + i] = g / (Exp.scalar(-g) + 1f) * up[upOffset + i];
        }
    }

    /**
     * Scores of consecutive keys: {@code out[i] = scale * dot(query, keys[i])}.
     *
     * @param keys {@code [count][headDim]} from {@code keysOffset}; headDim a multiple of 16
     * @return the largest score
     */
    public static float scores(
            float[] query,
            int queryOffset,
            int headDim,
            float scale,
            float[] keys,
            int keysOffset,
            int count,
            float[] out,
            int outOffset,
            float[] scratch) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            int key = keysOffset + i * headDim;
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int d = 0; d < headDim; d += Lanes.COUNT) {
                FloatVector q = FloatVector.fromArray(Lanes.FLOATS, query, queryOffset + d);
                sum = q.fma(FloatVector.fromArray(Lanes.FLOATS, keys, key + d), sum);
            }
            float score = scale * sumLanes(sum, scratch);
            out[outOffset + i] = score;
            max = Math.max(max, score);
        }
        return max;
    }

    /**
     * Replaces scores by {@code exp(score - max)}.
     *
     * @param scores {@code [count]}, in an array with room for 16 more, which are overwritten
     * @return their sum
     */
    public static float exponentials(float[] scores, int count, float max, float[] scratch) {
        Arrays.fill(scores, count, count + Lanes.COUNT, Float.NEGATIVE_INFINITY);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector x = Exp.of(FloatVector.fromArray(Lanes.FLOATS, scores, i).sub(max));
            x.intoArray(scores, i);
            sum = sum.add(x);
        }
        return sumLanes(sum, scratch);
    }

    /**
     * Adds weighted values, position by position in ascending order: {@code out += sum over i of
     * weights[i] * values[i]}.
     *
     * @param values {@code [count][headDim]} from {@code valuesOffset}; headDim a multiple of 16
     * @param out {@code [headDim]} from {@code outOffset}
     */
    public static void addWeighted(
            float[] weights,
            int weightsOffset,
            float[] values,
            int valuesOffset,
            int count,
            int headDim,
            float[] out,
            int outOffset) {
        int d = 0;
        for (; d + 4 * Lanes.COUNT <= headDim; d += 4 * Lanes.COUNT) {
            addFour(
                    weights,
                    weightsOffset,
                    values,
                    valuesOffset + d,
                    count,
                    headDim,
                    out,
                    outOffset + d);
        }
        for (; d < headDim; d += Lanes.COUNT) {
            FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, out, outOffset + d);
            for (int i = 0; i < count; i++) {
                FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[weightsOffset + i]);
                int at = valuesOffset + d + i * headDim;
                sum = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at), sum);
            }
            sum.intoArray(out, outOffset + d);
        }
    }

    /** Four vectors of {@link #addWeighted} at once, as one alone waits for each addition. */
    private static void addFour(
            float[] weights,
            int weightsOffset,
            float[] values,
            int valuesOffset,
            int count,
            int headDim,
            float[] out,
            int outOffset) {
        int lanes = Lanes.COUNT;
        FloatVector a = FloatVector.fromArray(Lanes.FLOATS, out, outOffset);
        FloatVector b = FloatVector.fromArray(Lanes.FLOATS, out, outOffset + lanes);
        FloatVector c = FloatVector.fromArray(Lanes.FLOATS, out, outOffset + 2 * lanes);
        FloatVector e = FloatVector.fromArray(Lanes.FLOATS, out, outOffset + 3 * lanes);
        for (int i = 0; i < count; i++) {
            FloatVector w = FloatVector.broadcast(Lanes.FLOATS, weights[weightsOffset + i]);
            int at = valuesOffset + i * headDim;
            a = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at), a);
            b = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + lanes), b);
            c = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + 2 * lanes), c);
            e = w.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + 3 * lanes), e);
        }
        a.intoArray(out, outOffset);
        b.intoArray(out, outOffset + lanes);
        c.intoArray(out, outOffset + 2 * lanes);
        e.intoArray(out, outOffset + 3 * lanes);
    }

    private static float sumLanes(FloatVector vector, float[] scratch) {
        vector.intoArray(scratch, 0);
        for (int half = Lanes.COUNT / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                scratch[i] += scratch[i + half];
            }
        }
        return scratch[0];
    }
}
