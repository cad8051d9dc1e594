package dev.tropical.engine.loop;

import dev.tropical.protocol.wire.StepCost;

/**
 * What the loop knows of its steps' times before the first one.
 *
 * @param profile coefficients; the default instance: none, they are fitted while steps run
 * @param isCorrected whether predictions follow what is observed
 */
public record CostConfig(StepCost profile, boolean isCorrected) {
    /** Learns everything from the steps that run. */
    public static final CostConfig UNKNOWN = new CostConfig(StepCost.getDefaultInstance(), true);

    boolean isKnown() {
        return !profile.equals(StepCost.getDefaultInstance());
    }
}
