package dev.tropical.engine.profile;

import dev.tropical.protocol.wire.StepCost;
import java.util.Locale;

/**
 * What was measured.
 *
 * @param cost fitted coefficients; the default instance when there were too few steps to fit
 * @param steps measured ones
 * @param meanError of the predictions of steps that the fit had not seen, relative
 * @param maxError the worst of them
 */
public record StepProfile(StepCost cost, int steps, double meanError, double maxError) {

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d steps; on steps held out, predictions are off by %.1f %% on average and %.1f %%"
                        + " at most",
                steps,
                100 * meanError,
                100 * maxError);
    }
}
