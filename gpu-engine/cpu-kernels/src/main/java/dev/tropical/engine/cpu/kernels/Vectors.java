package dev.tropical.engine.cpu.kernels;

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

    /**
     * {@code gate / (1 + exp(-gate)) * up}, element by element, in the gate's place.
     *
     * @param row gate {@code [count]} from {@code offset}, followed by up {@code [count]}
     */
    public static void siluTimes(float[] row, int offset, int count) {
        int bulk = Lanes.FLOATS.loopBound(count);
        for (int i = offset; i < offset + bulk; i += Lanes.COUNT) {
            FloatVector gate = FloatVector.fromArray(Lanes.FLOATS, row, i);
            FloatVector up = FloatVector.fromArray(Lanes.FLOATS, row, i + count);
            gate.div(Exp.of(gate.neg()).add(1f)).mul(up).intoArray(row, i);
        }
        for (int i = offset + bulk; i < offset + count; i++) {
            row[i] = row[i] / (Exp.scalar(-row[i]) + 1f) * row[i + count];
        }
    }

    /**
     * The sum of a vector's lanes: halves are added until one lane is left. Written out, since a
     * loop over so few costs several times as much, and attention comes here for each key.
     */
    static float sumLanes(FloatVector vector, float[] s) {
        vector.intoArray(s, 0);
        if (Lanes.COUNT == 4) {
            return (s[0] + s[2]) + (s[1] + s[3]);
        }
        if (Lanes.COUNT == 8) {
            return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
        }
        float even = ((s[0] + s[8]) + (s[4] + s[12])) + ((s[2] + s[10]) + (s[6] + s[14]));
        float odd = ((s[1] + s[9]) + (s[5] + s[13])) + ((s[3] + s[11]) + (s[7] + s[15]));
        return even + odd;
    }
}
