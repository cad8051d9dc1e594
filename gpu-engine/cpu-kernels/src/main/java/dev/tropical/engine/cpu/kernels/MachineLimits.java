package dev.tropical.engine.cpu.kernels;

import jdk.incubator.vector.FloatVector;

/** Loops that do nothing but reach one limit of the machine, to compare the kernels with. */
public final class MachineLimits {
    private static final int CHAINS = 12;

    private MachineLimits() {}

    /**
     * Reads {@code values[from, to)} as fast as memory gives it; the sum, so that it is not idle.
     */
    public static float read(float[] values, int from, int to) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int lanes = Lanes.COUNT;
        for (int i = from; i + 4 * lanes <= to; i += 4 * lanes) {
            a = a.add(FloatVector.fromArray(Lanes.FLOATS, values, i));
            b = b.add(FloatVector.fromArray(Lanes.FLOATS, values, i + lanes));
            c = c.add(FloatVector.fromArray(Lanes.FLOATS, values, i + 2 * lanes));
            d = d.add(FloatVector.fromArray(Lanes.FLOATS, values, i + 3 * lanes));
        }
        return a.add(b).add(c.add(d)).lane(0);
    }

    /**
     * Multiplies and adds in registers: {@code rounds} times {@link #multiplyAddsPerRound}.
     *
     * @return a value that depends on all of them
     */
    public static float multiplyAdd(int rounds) {
        FloatVector x = FloatVector.broadcast(Lanes.FLOATS, 0.999f);
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = a.add(1f);
        FloatVector c = a.add(2f);
        FloatVector d = a.add(3f);
        FloatVector e = a.add(4f);
        FloatVector f = a.add(5f);
        FloatVector g = a.add(6f);
        FloatVector h = a.add(7f);
        FloatVector i = a.add(8f);
        FloatVector j = a.add(9f);
        FloatVector k = a.add(10f);
        FloatVector l = a.add(11f);
        for (int round = 0; round < rounds; round++) {
            a = a.fma(x, x);
            b = b.fma(x, x);
            c = c.fma(x, x);
            d = d.fma(x, x);
            e = e.fma(x, x);
            f = f.fma(x, x);
            g = g.fma(x, x);
            h = h.fma(x, x);
            i = i.fma(x, x);
            j = j.fma(x, x);
            k = k.fma(x, x);
            l = l.fma(x, x);
        }
        FloatVector sum = a.add(b).add(c).add(d).add(e).add(f);
        return sum.add(g).add(h).add(i).add(j).add(k).add(l).lane(0);
    }

    /** Multiply-adds, two floating point operations each. */
    public static int multiplyAddsPerRound() {
        return CHAINS * Lanes.COUNT;
    }
}
