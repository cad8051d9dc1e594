package dev.tropical.scheduling.cost;

import dev.tropical.protocol.wire.StepCost;

/**
 * Predicts steps and whole prefills: {@code t = a + c_pf * x + c_attn * x * (done + x / 2) + c0 * B
 * + c1 * kvTokens}, seconds and tokens; every published serving simulator agrees on this shape.
 * Corrects itself by what is observed. One writer; no clock of its own.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class StepCostModel {
    /**
     * @param coefficients each at least 0
     */
    public StepCostModel(StepCost coefficients) {
        throw new UnsupportedOperationException();
    }

    /** A step's time, ns. */
    public long predictNs(StepShape shape) {
        throw new UnsupportedOperationException();
    }

    /**
     * A whole prefill's time, ns: {@code tokens} after {@code done} computed ones, in chunks of at
     * most {@code budget}.
     */
    public long predictPrefillNs(long tokens, long done, int budget) {
        throw new UnsupportedOperationException();
    }

    /** Corrects later predictions by a step's real time. */
    public void observe(StepShape shape, long durationNs) {
        throw new UnsupportedOperationException();
    }

    /** What predictions are multiplied by, in [0.5, 2]. */
    public double correction() {
        throw new UnsupportedOperationException();
    }

    /** Coefficients times correction: what the status carries. */
    public StepCost toStepCost() {
        throw new UnsupportedOperationException();
    }
}
