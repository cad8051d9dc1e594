package dev.tropical.openai.monitor;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/** Counts by upper bounds, as Prometheus has them. For any thread. */
final class Histogram {
    private final double[] bounds;
    private final AtomicLongArray counts; // the last one is of what exceeds every bound
    private final DoubleAdder sum = new DoubleAdder();

    /**
     * @param bounds ascending
     */
    Histogram(double... bounds) {
        this.bounds = bounds.clone();
        this.counts = new AtomicLongArray(bounds.length + 1);
    }

    /** Bounds 1, 2, 5, 10, 20, 50 ... up to the limit, as vLLM has them for tokens. */
    static Histogram ofTokens(int most) {
        double[] steps = {1, 2, 5};
        int count = 0;
        while (bound(steps, count) <= most) {
            count++;
        }
        double[] bounds = new double[count];
        for (int i = 0; i < count; i++) {
            bounds[i] = bound(steps, i);
        }
        return new Histogram(bounds);
    }

    private static double bound(double[] steps, int index) {
        int decade = index / steps.length;
        return steps[index % steps.length] * Math.pow(10, decade);
    }

    void add(double value) {
        int bucket = 0;
        while (bucket < bounds.length && value > bounds[bucket]) {
            bucket++;
        }
        counts.incrementAndGet(bucket);
        sum.add(value);
    }

    /** Writes buckets, sum and count. */
    void writeTo(Exposition out, String name, String help) {
        out.family(name, "histogram", help);
        long total = 0;
        for (int i = 0; i < bounds.length; i++) {
            total += counts.get(i);
            out.sample(name + "_bucket", (double) total, "le", Exposition.number(bounds[i]));
        }
        total += counts.get(bounds.length);
        out.sample(name + "_bucket", (double) total, "le", "+Inf");
        out.sample(name + "_sum", sum.sum());
        out.sample(name + "_count", (double) total);
    }
}
