package dev.tropical.scheduling.cost;

import dev.tropical.protocol.wire.StepCost;

/**
 * Predicts steps and whole prefills by {@link StepTime}'s formula.
 *
 * <p>Corrects itself: predictions are multiplied by a moving average of observed / predicted,
 * weight 0.1, so that a chip that is 20 % slower than its profile is believed after some 20 steps
 * and one odd step moves nothing. One writer.
 */
public final class StepCostModel {
    private static final double WEIGHT = 0.1;
    private static final double MIN_CORRECTION = 0.5;
    private static final double MAX_CORRECTION = 2;
    private static final double NS_PER_SECOND = 1e9;

    private StepCost cost;
    private double correction = 1;

    /**
     * @throws IllegalArgumentException when a coefficient is negative or no number
     */
    public StepCostModel(StepCost coefficients) {
        this.cost = StepTime.checked(coefficients);
    }

    /**
     * Goes on with other coefficients; the correction starts anew.
     *
     * @throws IllegalArgumentException when a coefficient is negative or no number
     */
    public void replace(StepCost coefficients) {
        cost = StepTime.checked(coefficients);
        correction = 1;
    }

    /** A step's time, ns. */
    public long predictNs(StepShape shape) {
        return toNs(StepTime.stepSeconds(cost, shape) * correction);
    }

    /**
     * A whole prefill's time, ns: {@code tokens} after {@code done} computed ones, in steps of at
     * most {@code budget} tokens that hold nothing else.
     */
    public long predictPrefillNs(long tokens, long done, int budget) {
        return toNs(StepTime.prefillSeconds(cost, tokens, done, budget) * correction);
    }

    private static long toNs(double seconds) {
        return Math.round(seconds * NS_PER_SECOND);
    }

    /** Corrects later predictions by a step's real time. */
    public void observe(StepShape shape, long durationNs) {
        double predicted = StepTime.stepSeconds(cost, shape);
        if (predicted > 0 && durationNs > 0) {
            double ratio = durationNs / NS_PER_SECOND / predicted;
            double average = correction + WEIGHT * (ratio - correction);
            correction = Math.max(MIN_CORRECTION, Math.min(MAX_CORRECTION, average));
        }
    }

    /** What predictions are multiplied by, in [0.5, 2]. */
    public double correction() {
        return correction;
    }

    /** Coefficients times correction: what the status carries. */
    public StepCost toStepCost() {
        return StepCost.newBuilder()
                .setA(cost.getA() * correction)
                .setAPf(cost.getAPf() * correction)
                .setCPf(cost.getCPf() * correction)
                .setCAttn(cost.getCAttn() * correction)
                .setC0(cost.getC0() * correction)
                .setC1(cost.getC1() * correction)
                .build();
    }
}
