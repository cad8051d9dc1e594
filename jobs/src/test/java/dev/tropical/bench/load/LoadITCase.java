package dev.tropical.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.launch.EngineClassPath;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three times the capacity for a minute. */
@Tag("long")
class LoadITCase {
    @TempDir Path work;

    @Test
    void shouldLetLagGrowOnTheTopicAloneAndRejectWhatComesTooLate() throws Exception {
        LoadOptions options = new LoadOptions(Duration.ofSeconds(60), 3, Duration.ofSeconds(6));
        Path model = EngineClassPath.home().resolve("deploy/models/tropical-tiny");
        LoadOutcome outcome =
                new LoadBench(options, model, work).run(new PrintWriter(System.out, true));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.failed()).isZero();
        assertThat(outcome.rejected()).isPositive();
        assertThat(outcome.longestLag()).isPositive();
        assertThat(outcome.mostHeld()).isLessThanOrEqualTo(LoadOutcome.MOST_HELD);
        assertThat(outcome.drainS()).isLessThanOrEqualTo(60);
        for (String process : LoadReport.PROCESSES) {
            assertThat(outcome.heapGrowthPercent(process, options.settled()))
                    .as(process)
                    .isLessThanOrEqualTo(5);
        }
    }
}
