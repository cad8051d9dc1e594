package dev.tropical.engine;

import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.StepCost;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the engine knows what its steps cost.
 *
 * @param profile a file of {@link CostProfile}; null = the engine measures itself
 * @param measuring how long it does so before it serves; zero = it learns from the steps it serves
 * @param isCorrected whether predictions follow what is observed
 */
record CostOptions(@Nullable Path profile, Duration measuring, boolean isCorrected) {
    CostOptions {
        if (measuring.isNegative()) {
            throw new IllegalArgumentException(
                    "measure-ms: " + measuring.toMillis() + " (expected: at least 0)");
        }
    }

    /**
     * The profile's coefficients; the default instance without one.
     *
     * @throws IllegalStateException when the file cannot be used
     */
    StepCost read() {
        if (profile == null) {
            return StepCost.getDefaultInstance();
        }
        try {
            return CostProfile.read(profile);
        } catch (IOException e) {
            throw new IllegalStateException("cost-profile: " + e.getMessage(), e);
        }
    }
}
