package dev.tropical.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.launch.EngineClassPath;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark's schedule, small: what it must show, without its times. */
@Tag("long")
class ChaosITCase {
    @TempDir Path work;

    @Test
    void shouldGiveEachRequestItsOneStreamWhateverProcessDies() throws Exception {
        ChaosOptions options =
                new ChaosOptions(
                        110, 4, 48, 1, 2, 1, Duration.ofSeconds(4), Duration.ofSeconds(6), 3);
        Path model = EngineClassPath.home().resolve("deploy/models/tropical-tiny");
        ChaosOutcome outcome = new ChaosBench(options, model, work).run();
        assertThat(outcome.isClean()).as(outcome.toString()).isTrue();
        assertThat(outcome.requests())
                .isEqualTo(options.requests() + options.withoutEngineFaults().requests());
        assertThat(outcome.engineFaults()).isPositive();
        assertThat(outcome.clusterFaults()).isPositive();
    }
}
