package dev.tropical.jobs;

import static org.apache.flink.configuration.CheckpointingOptions.CHECKPOINTING_INTERVAL;
import static org.apache.flink.configuration.CheckpointingOptions.CHECKPOINTING_TIMEOUT;
import static org.apache.flink.configuration.CheckpointingOptions.TOLERABLE_FAILURE_NUMBER;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.flink.configuration.Configuration;
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

    /** Twenty seconds without a broker, or a minute without space, are no reason to start again. */
    @Test
    void shouldBearShortOutages() {
        Configuration settings = FlinkSettings.of(1, "file:///checkpoints");
        assertThat(settings.get(CHECKPOINTING_TIMEOUT))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(20));
        assertThat(settings.get(TOLERABLE_FAILURE_NUMBER)).isGreaterThanOrEqualTo(60);
    }
}
