package dev.tropical.flink;

import static dev.tropical.flink.InferenceConfigOptions.PREFIX;
import static dev.tropical.scheduling.routing.TropicalOptions.DEFAULT;

import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The configuration keys of mode tropical. */
public final class TropicalConfigOptions {
    public static final ConfigOption<String> COST_PROFILE =
            ConfigOptions.key(PREFIX + "cost-profile")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "JSON file of tropical profile, read where the job is submitted: what"
                                    + " steps cost on engines that say nothing about it yet.");

    public static final ConfigOption<String> STALL_TEST =
            ConfigOptions.key(PREFIX + "stall-test")
                    .stringType()
                    .defaultValue("mixed-steps")
                    .withDescription(
                            "What the stall-free test takes for a prefill's time on a decode"
                                + " engine. mixed-steps: the steps that it will be cut into, with"
                                + " the decodes beside it. whole-prefill: the prefill alone, as"
                                + " published.");

    public static final ConfigOption<String> PREFILL_ADMISSION =
            ConfigOptions.key(PREFIX + "prefill-admission")
                    .stringType()
                    .defaultValue("by-end")
                    .withDescription(
                            "by-end: a running prefill engine takes a prompt whose first token will"
                                    + " be in time. strict: and that leaves no other late.");

    public static final ConfigOption<Double> ITERATION_WATERMARK =
            ConfigOptions.key(PREFIX + "iteration-watermark")
                    .doubleType()
                    .defaultValue(DEFAULT.multiplexing().iterationWatermark())
                    .withDescription(
                            "Share of the strictest tpot objective that a decode engine's predicted"
                                    + " iteration may take; above it nothing is multiplexed.");

    public static final ConfigOption<Double> RESIDENT_WATERMARK =
            ConfigOptions.key(PREFIX + "resident-watermark")
                    .doubleType()
                    .defaultValue(DEFAULT.multiplexing().residentWatermark())
                    .withDescription(
                            "Share of a decode engine's KV pool that resident prompts may fill;"
                                    + " above it nothing is multiplexed.");

    public static final ConfigOption<Integer> MAX_MULTIPLEXED_TOKENS =
            ConfigOptions.key(PREFIX + "max-multiplexed-tokens")
                    .intType()
                    .defaultValue(DEFAULT.multiplexing().maxTokens())
                    .withDescription("Only prompts with fewer tokens are multiplexed.");

    public static final ConfigOption<Double> TTFT_FACTOR =
            ConfigOptions.key(PREFIX + "ttft-factor")
                    .doubleType()
                    .defaultValue(DEFAULT.objectives().ttftFactor())
                    .withDescription(
                            "Ttft objective of requests without one: so many times their own"
                                    + " unloaded prefill.");

    public static final ConfigOption<Boolean> ROLE_SWITCHING =
            ConfigOptions.key(PREFIX + "role-switching")
                    .booleanType()
                    .defaultValue(DEFAULT.roles().isEnabled())
                    .withDescription(
                            "Whether a cell switches its engines' roles by load: a decode engine"
                                + " becomes a prefill engine while requests are queued and decodes"
                                + " are well within their objectives, an idle prefill engine"
                                + " becomes a decode engine while they are not.");

    public static final ConfigOption<Duration> ROLE_SUSTAIN =
            ConfigOptions.key(PREFIX + "role-sustain")
                    .durationType()
                    .defaultValue(Duration.ofNanos(DEFAULT.roles().sustainNs()))
                    .withDescription("How long a role must be short before an engine goes to it.");

    public static final ConfigOption<Duration> ROLE_DWELL =
            ConfigOptions.key(PREFIX + "role-dwell")
                    .durationType()
                    .defaultValue(Duration.ofNanos(DEFAULT.roles().dwellNs()))
                    .withDescription("Least time between two switches of a cell.");

    static final List<ConfigOption<?>> ALL =
            List.of(
                    COST_PROFILE,
                    STALL_TEST,
                    PREFILL_ADMISSION,
                    ITERATION_WATERMARK,
                    RESIDENT_WATERMARK,
                    MAX_MULTIPLEXED_TOKENS,
                    TTFT_FACTOR,
                    ROLE_SWITCHING,
                    ROLE_SUSTAIN,
                    ROLE_DWELL);

    private TropicalConfigOptions() {}
}
