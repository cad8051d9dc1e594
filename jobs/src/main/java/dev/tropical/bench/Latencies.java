package dev.tropical.bench;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Latencies of one kind, milliseconds. Not thread-safe. */
public final class Latencies {
    private double[] values = new double[1024];
    private int count;

    public void add(double ms) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = ms;
    }

    public int count() {
        return count;
    }

    /** All of them, in the order that they came. */
    public DoubleStream values() {
        return Arrays.stream(values, 0, count);
    }

    /**
     * Nearest-rank percentile.
     *
     * @throws IllegalStateException when nothing was measured
     */
    public double percentile(double percent) {
        if (count == 0) {
            throw new IllegalStateException(
                    "no latency was measured (expected: at least one a round)");
        }
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        int rank = (int) Math.ceil(percent / 100 * count);
        return sorted[Math.max(0, rank - 1)];
    }
}
