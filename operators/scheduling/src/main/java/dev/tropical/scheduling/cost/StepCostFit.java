package dev.tropical.scheduling.cost;

import dev.tropical.protocol.wire.StepCost;
import java.util.Optional;

/** Fits {@link StepCostModel}'s coefficients to measured steps by least squares. One writer. */
@SuppressWarnings("DoNotCallSuggester")
public final class StepCostFit {
    /** Counts a measured step. */
    public void add(StepShape shape, long durationNs) {
        throw new UnsupportedOperationException();
    }

    /** Steps counted. */
    public long samples() {
        throw new UnsupportedOperationException();
    }

    /** The best coefficients, none negative; empty before there are enough steps. */
    public Optional<StepCost> fit() {
        throw new UnsupportedOperationException();
    }
}
