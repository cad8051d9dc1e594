package dev.tropical.simulator;

import java.util.Random;

/**
 * How an engine's steps differ from its cost model: a factor a step, the same however often and in
 * whatever order it is asked for.
 *
 * @param deviation standard deviation of the factor; 0: none
 * @param seed of this engine
 */
record StepNoise(double deviation, long seed) {
    /** The golden ratio's bits: neighbouring steps' generators have nothing in common. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private static final double LEAST = 0.1;

    /** One engine of a simulation. */
    static StepNoise of(double deviation, long seed, int engine) {
        return new StepNoise(deviation, SPREAD * (seed * 65_537 + engine + 1));
    }

    double factor(long step) {
        return deviation == 0
                ? 1
                : Math.max(LEAST, 1 + deviation * new Random(seed + SPREAD * step).nextGaussian());
    }
}
