package dev.tropical.scheduling.cost;

import dev.tropical.protocol.wire.StepCost;

/**
 * Predicts steps and whole prefills by {@link StepTime}'s formula, and corrects itself.
 *
 * <p>The two parts of the formula, what decodes take and what prompt tokens add, are each
 * multiplied by a moving average of observed / predicted, weight 0.1, so that a chip that is 20 %
 * slower than its profile is believed after some 20 steps and one odd step moves little. A step
 * without prompt tokens corrects the first; what a step with them took beyond its corrected first
 * part corrects the second, by as much as the second weighs in the step. One writer.
 */
public final class StepCostModel {
    private static final double WEIGHT = 0.1;
    private static final double MIN_CORRECTION = 0.5;
    private static final double MAX_CORRECTION = 2;
    private static final double NS_PER_SECOND = 1e9;

    private StepCost cost;
    private double decodeCorrection = 1;
    private double promptCorrection = 1;
    // Coefficients times corrections.
    private StepCost corrected;

    /**
     * @throws IllegalArgumentException when a coefficient is negative or no number
     */
    public StepCostModel(StepCost coefficients) {
        this.cost = StepTime.checked(coefficients);
        this.corrected = cost;
    }

    /**
     * Goes on with other coefficients; the corrections start anew.
     *
     * @throws IllegalArgumentException when a coefficient is negative or no number
     */
    public void replace(StepCost coefficients) {
        cost = StepTime.checked(coefficients);
        corrected = cost;
        decodeCorrection = 1;
        promptCorrection = 1;
    }

    /** A step's time, ns. */
    public long predictNs(StepShape shape) {
        return StepTime.stepNs(corrected, shape);
    }

    /**
     * A whole prefill's time, ns: {@code tokens} after {@code done} computed ones, in steps of at
     * most {@code budget} tokens that hold nothing else.
     */
    public long predictPrefillNs(long tokens, long done, int budget) {
        return StepTime.prefillNs(corrected, tokens, done, budget);
    }

    /** Corrects later predictions by a step's real time. */
    public void observe(StepShape shape, long durationNs) {
        double observed = durationNs / NS_PER_SECOND;
        double decode = StepTime.decodeSeconds(cost, shape);
        double prompt = StepTime.promptSeconds(cost, shape);
        if (observed <= 0) {
            return;
        }
        if (prompt > 0) {
            double ratio = (observed - decode * decodeCorrection) / prompt;
            double share = prompt / (decode + prompt);
            promptCorrection = moved(promptCorrection, ratio, WEIGHT * share);
        } else if (decode > 0) {
            decodeCorrection = moved(decodeCorrection, observed / decode, WEIGHT);
        }
        corrected = StepTime.scaled(cost, decodeCorrection, promptCorrection);
    }

    private static double moved(double average, double ratio, double weight) {
        double bounded = Math.max(MIN_CORRECTION, Math.min(MAX_CORRECTION, ratio));
        return average + weight * (bounded - average);
    }

    /** What the part that decodes take is multiplied by, in [0.5, 2]. */
    public double decodeCorrection() {
        return decodeCorrection;
    }

    /** What the part that prompt tokens add is multiplied by, in [0.5, 2]. */
    public double promptCorrection() {
        return promptCorrection;
    }

    /** Coefficients times corrections: what the status carries. */
    public StepCost toStepCost() {
        return corrected;
    }
}
