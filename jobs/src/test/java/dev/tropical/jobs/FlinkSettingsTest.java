package dev.tropical.jobs;

import static org.apache.flink.configuration.CheckpointingOptions.CHECKPOINTING_INTERVAL;
import static org.apache.flink.configuration.CheckpointingOptions.CHECKPOINTING_TIMEOUT;
import static org.apache.flink.configuration.CheckpointingOptions.TOLERABLE_FAILURE_NUMBER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.flink.Inference;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.flink.InferenceOptions;
import dev.tropical.kafka.CompletionSink;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class FlinkSettingsTest {
    /** A sink that cannot write waits for its checkpoints' end, and has no other deadline. */
    @Test
    void shouldFailAJobThatCannotWriteWithinAnHour() {
        Configuration settings = FlinkSettings.of(1, "file:///checkpoints");
        Duration each =
                settings.get(CHECKPOINTING_TIMEOUT).plus(settings.get(CHECKPOINTING_INTERVAL));
        long failures = settings.get(TOLERABLE_FAILURE_NUMBER) + 1L;
        assertThat(each.multipliedBy(failures)).isLessThan(Duration.ofHours(1));
    }

    /** What the broker ends, readers never see, though the job's state says that they did. */
    @Test
    void shouldFailBeforeTheBrokerEndsATransaction() {
        CheckpointConfig checkpoints = checkpointsOf("exactly-once");
        long eachMs = checkpoints.getCheckpointTimeout() + checkpoints.getCheckpointInterval();
        long failures = checkpoints.getTolerableCheckpointFailureNumber() + 1L;
        assertThat(Duration.ofMillis(eachMs * failures))
                .isBetween(Duration.ofMinutes(5), CompletionSink.TRANSACTION_TIMEOUT);
        assertThat(checkpointsOf("at-least-once").getTolerableCheckpointFailureNumber())
                .isEqualTo(
                        FlinkSettings.of(1, "file:///checkpoints").get(TOLERABLE_FAILURE_NUMBER));
    }

    private static CheckpointConfig checkpointsOf(String delivery) {
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(
                        FlinkSettings.of(1, "file:///checkpoints"));
        Configuration options = new Configuration();
        options.set(InferenceConfigOptions.BOOTSTRAP_SERVERS, "127.0.0.1:9092");
        options.set(InferenceConfigOptions.DELIVERY, delivery);
        options.set(InferenceConfigOptions.MODEL_DIRS, List.of("/models/tiny"));
        Inference.build(environment, InferenceOptions.from(options));
        return environment.getCheckpointConfig();
    }

    /** Twenty seconds without a broker, or a minute without space, are no reason to start again. */
    @Test
    void shouldBearShortOutages() {
        Configuration settings = FlinkSettings.of(1, "file:///checkpoints");
        assertThat(settings.get(CHECKPOINTING_TIMEOUT))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(20));
        assertThat(settings.get(TOLERABLE_FAILURE_NUMBER)).isGreaterThanOrEqualTo(60);
    }
}
