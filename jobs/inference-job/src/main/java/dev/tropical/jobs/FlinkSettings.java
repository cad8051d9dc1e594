package dev.tropical.jobs;

import dev.tropical.protocol.Lanes;
import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.CheckpointingMode;

/** What every job of the project sets, and why. */
public final class FlinkSettings {
    /**
     * A checkpoint takes a fraction of a second, but for what waits for the broker; one that is
     * given up is followed by the next. A job that is stopped has as long for its savepoint, and
     * starts again when that does not suffice.
     */
    private static final Duration CHECKPOINT_TIMEOUT = Duration.ofSeconds(20);

    /**
     * A minute and a half without space for checkpoints, which fail at once. A sink that cannot
     * write makes them time out: its job fails, and starts again, after 101 times 20 s, 34 minutes.
     * With exactly-once {@code Inference} lowers it, as transactions end.
     */
    private static final int TOLERABLE_FAILURES = 100;

    private FlinkSettings() {}

    /**
     * @param parallelism of every operator but the engine source
     * @param checkpoints folder's URI
     */
    public static Configuration of(int parallelism, String checkpoints) {
        Configuration settings = common();
        settings.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints);
        return settings;
    }

    /** What holds wherever a job runs and checkpoints. */
    static Configuration common() {
        Configuration settings = new Configuration();
        settings.set(PipelineOptions.MAX_PARALLELISM, Lanes.COUNT);
        // A token must not wait in a buffer: Flink's default of 100 ms gives a median of 54 ms
        // instead of 2.
        settings.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ZERO);
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        // Fail at the start instead of falling back to Kryo.
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
        // Unaligned checkpoints need it, also with an at-least-once sink.
        settings.set(
                CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
                CheckpointingMode.EXACTLY_ONCE);
        settings.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
        settings.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        settings.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, CHECKPOINT_TIMEOUT);
        settings.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, TOLERABLE_FAILURES);
        settings.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        settings.set(
                RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
                Duration.ofMillis(100));
        settings.set(
                RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
                Duration.ofSeconds(10));
        settings.set(
                RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
                Duration.ofMinutes(1));
        return settings;
    }
}
