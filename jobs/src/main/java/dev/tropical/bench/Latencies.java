package dev.tropical.bench;

import java.util.Arrays;

/** Latencies of one round, milliseconds. Not thread-safe. */
final class Latencies {
    private double[] values = new double[1024];
    private int count;

    void add(double ms) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = ms;
    }

    int count() {
        return count;
    }

    /**
     * Nearest-rank percentile.
     *
     * @throws IllegalStateException when nothing was measured
     */
    double percentile(double percent) {
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
