package dev.tropical.engine.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code exp} in float32, to 2 units in the last place. With n = round(x / ln 2) and r = x - n ln
 * 2, exp(x) = 2^n * exp(r), and exp(r) is a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes, expf.c).
 * Below -87 the result is 0; above 88 it is that of 88. The scalar form gives the same bits.
 */
final class Exp {
    private static final float LOWEST = -87f;
    private static final float HIGHEST = 88f;
    private static final float INVERSE_LN2 = 1.44269504f;

    /** ln 2 in two parts: the first has so few bits that n times it is exact. */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;

    /** Adding 1.5 * 2^23 leaves the rounded integer in the lowest bits of the mantissa. */
    private static final float ROUND = 12582912f;

    private static final float P0 = 1.9875691500e-4f;
    private static final float P1 = 1.3981999507e-3f;
    private static final float P2 = 8.3334519073e-3f;
    private static final float P3 = 4.1665795894e-2f;
    private static final float P4 = 1.6666665459e-1f;
    private static final float P5 = 5.0000001201e-1f;

    private Exp() {}

    static FloatVector of(FloatVector value) {
        FloatVector x = value.max(LOWEST).min(HIGHEST);
        FloatVector shifted = x.mul(INVERSE_LN2).add(ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(vector(-LN2_LOW), n.fma(vector(-LN2_HIGH), x));
        FloatVector p = r.fma(vector(P0), vector(P1));
        p = p.fma(r, vector(P2));
        p = p.fma(r, vector(P3));
        p = p.fma(r, vector(P4));
        p = p.fma(r, vector(P5));
        p = p.fma(r.mul(r), r).add(1f);
        FloatVector scaled =
                p.reinterpretAsInts()
                        .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                        .reinterpretAsFloats();
        return scaled.blend(0f, value.compare(VectorOperators.LT, LOWEST));
    }

    static float scalar(float value) {
        float x = Math.min(Math.max(value, LOWEST), HIGHEST);
        float shifted = x * INVERSE_LN2 + ROUND;
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(r, P0, P1);
        p = Math.fma(p, r, P2);
        p = Math.fma(p, r, P3);
        p = Math.fma(p, r, P4);
        p = Math.fma(p, r, P5);
        p = Math.fma(p, r * r, r) + 1f;
        int bits = Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23);
        return value < LOWEST ? 0f : Float.intBitsToFloat(bits);
    }

    private static FloatVector vector(float value) {
        return FloatVector.broadcast(Lanes.FLOATS, value);
    }
}
