package dev.tropical.flink;

import static dev.tropical.flink.InferenceConfigOptions.DEFAULT_TPOT;
import static dev.tropical.flink.InferenceConfigOptions.QUEUE_TIMEOUT_FLOOR;
import static dev.tropical.flink.TropicalConfigOptions.COST_PROFILE;
import static dev.tropical.flink.TropicalConfigOptions.ITERATION_WATERMARK;
import static dev.tropical.flink.TropicalConfigOptions.MAX_MULTIPLEXED_TOKENS;
import static dev.tropical.flink.TropicalConfigOptions.PREFILL_ADMISSION;
import static dev.tropical.flink.TropicalConfigOptions.RESIDENT_WATERMARK;
import static dev.tropical.flink.TropicalConfigOptions.ROLE_DWELL;
import static dev.tropical.flink.TropicalConfigOptions.ROLE_SUSTAIN;
import static dev.tropical.flink.TropicalConfigOptions.ROLE_SWITCHING;
import static dev.tropical.flink.TropicalConfigOptions.STALL_TEST;
import static dev.tropical.flink.TropicalConfigOptions.TTFT_FACTOR;

import dev.tropical.protocol.CostProfile;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalOptions.Multiplexing;
import dev.tropical.scheduling.routing.TropicalOptions.Objectives;
import dev.tropical.scheduling.routing.TropicalOptions.PrefillAdmission;
import dev.tropical.scheduling.routing.TropicalOptions.StallTest;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;

/** Reads {@link TropicalOptions} from a configuration. */
final class TropicalOptionsReader {
    private final Configuration configuration;

    TropicalOptionsReader(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * @throws IllegalArgumentException naming the key that has an impossible value
     */
    TropicalOptions read() {
        return new TropicalOptions(
                stallTest(),
                admission(),
                new Multiplexing(
                        configuration.get(ITERATION_WATERMARK),
                        configuration.get(RESIDENT_WATERMARK),
                        configuration.get(MAX_MULTIPLEXED_TOKENS)),
                new Objectives(
                        configuration.get(TTFT_FACTOR),
                        TropicalOptions.DEFAULT.objectives().shortestStepNs(),
                        Math.max(1, configuration.get(DEFAULT_TPOT).toNanos())),
                new QueueTimeout(configuration.get(QUEUE_TIMEOUT_FLOOR).toNanos()),
                profile(),
                roles());
    }

    private StallTest stallTest() {
        return switch (configuration.get(STALL_TEST)) {
            case "mixed-steps" -> StallTest.MIXED_STEPS;
            case "whole-prefill" -> StallTest.WHOLE_PREFILL;
            default ->
                    throw OptionsReader.impossible(
                            configuration, STALL_TEST, "mixed-steps or whole-prefill");
        };
    }

    private PrefillAdmission admission() {
        return switch (configuration.get(PREFILL_ADMISSION)) {
            case "by-end" -> PrefillAdmission.BY_END;
            case "strict" -> PrefillAdmission.STRICT;
            default ->
                    throw OptionsReader.impossible(
                            configuration, PREFILL_ADMISSION, "by-end or strict");
        };
    }

    private RoleSwitching roles() {
        return new RoleSwitching(
                configuration.get(ROLE_SWITCHING),
                configuration.get(ROLE_SUSTAIN).toNanos(),
                configuration.get(ROLE_DWELL).toNanos(),
                RoleSwitching.OFF.fullShare(),
                RoleSwitching.OFF.spareShare());
    }

    private StepCost profile() {
        String file = configuration.getOptional(COST_PROFILE).orElse("");
        if (file.isEmpty()) {
            return StepCost.getDefaultInstance();
        }
        try {
            return CostProfile.read(Path.of(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    COST_PROFILE.key()
                            + ": '"
                            + file
                            + "' cannot be used: "
                            + e.getMessage()
                            + " (expected: a file that tropical profile wrote)",
                    e);
        }
    }
}
