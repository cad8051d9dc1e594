package dev.tropical.simulator;

import java.util.Random;

/** When requests come, at a mean rate. */
public enum Arrivals {
    /** Independently of each other. */
    POISSON,
    /** Eight at a time, the groups independently of each other. */
    BURSTS,
    /** At the trace's own instants, in its order, whatever the rate. */
    TRACE;

    private static final int BURST = 8;

    /**
     * Seconds from the request before number {@code i} to it; not for {@link #TRACE}. Draws one
     * number whether it needs it or not, so that the lengths drawn beside it are the same.
     */
    double gapSeconds(int i, double rate, Random random) {
        double gap = -Math.log(1 - random.nextDouble()) / rate;
        return this == POISSON ? gap : i % BURST == 0 ? BURST * gap : 0;
    }
}
