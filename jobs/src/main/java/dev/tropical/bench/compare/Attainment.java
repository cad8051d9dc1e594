package dev.tropical.bench.compare;

import dev.tropical.simulator.Goodput;

/**
 * How many of a point's requests attained their objectives.
 *
 * @param attained of
 * @param total so many
 */
record Attainment(int attained, int total) {
    /** Two-sided 95 % quantile of the normal distribution. */
    private static final double Z = 1.96;

    Attainment plus(Attainment other) {
        return new Attainment(attained + other.attained, total + other.total);
    }

    /** In [0, 1]; no number of nothing. */
    double share() {
        return total == 0 ? Double.NaN : (double) attained / total;
    }

    /** Half of Wilson's 95 % interval. */
    double halfWidth() {
        double n = total;
        double p = share();
        return Z / (1 + Z * Z / n) * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
    }

    private double middle() {
        double n = total;
        return (share() + Z * Z / (2 * n)) / (1 + Z * Z / n);
    }

    /** Whether the 95 % interval lies on one side of the target: more runs would not change it. */
    boolean isDecided() {
        return total > 0 && (middle() - halfWidth() > Goodput.TARGET || isMissed());
    }

    /** Whether the 95 % interval lies below the target. */
    boolean isMissed() {
        return total > 0 && middle() + halfWidth() < Goodput.TARGET;
    }
}
