package dev.tropical.bench;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;

/** Prints {@code RESULT key=value aim=...} lines and remembers whether every aim was met. */
public final class Results {
    private final PrintWriter out;
    private boolean allMet = true;

    public Results(PrintWriter out) {
        this.out = out;
    }

    /** A number without an aim. */
    public void value(String key, double value) {
        out.printf(Locale.ROOT, "RESULT %s=%.3f%n", key, value);
        out.flush();
    }

    /** A number that must not exceed its aim. */
    public void atMost(String key, double value, double aim) {
        boolean isMet = value <= aim;
        allMet &= isMet;
        out.printf(
                Locale.ROOT,
                "RESULT %s=%.3f aim=<=%.3f %s%n",
                key,
                value,
                aim,
                isMet ? "met" : "MISSED");
        out.flush();
    }

    /** Whether no aim was missed. */
    public boolean allMet() {
        return allMet;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
