package dev.tropical.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.bench.BenchCluster;
import dev.tropical.bench.chaos.ChaosBench.Run;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.launch.EngineClassPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark's schedule, small: what it must show, without its times. */
class ChaosITCase {
    /** Its first three faults of engines are one of each kind. */
    private static final long SEED = 33;

    private static final int REQUESTS = 108;
    private static final int PER_SECOND = 4;

    /** Until each kind of fault has been met; on a slow machine a recovery outlasts a round. */
    private static final int MAX_ROUNDS = 4;

    @TempDir Path work;

    @Test
    void shouldGiveEachRequestItsOneStreamWhateverProcessDies() throws Exception {
        Path model = EngineClassPath.home().resolve("deploy/models/tropical-tiny");
        try (BenchCluster system = ChaosBench.start(options(1), model, work);
                CompletionStream client = CompletionStream.open(system.kafka(), false)) {
            List<String> alone = new ChaosLoad(client, "before", options(1)).textsAlone();
            Run all = ChaosBench.breakUnderLoad(system, client, "chaos-1", options(1));
            int requests = options(1).requests();
            for (int round = 2; round <= MAX_ROUNDS && !kinds(all).equals(every()); round++) {
                ChaosOptions next = options(round);
                all = all.and(ChaosBench.breakUnderLoad(system, client, "chaos-" + round, next));
                requests += next.requests();
            }
            system.awaitIdle();

            ChaosOutcome outcome = ChaosOutcome.of(all, alone, TopicAudit.of(system.kafka()), 0);
            assertThat(outcome.isClean()).as("%s %s", outcome, failures(all)).isTrue();
            assertThat(outcome.requests()).isEqualTo(requests);
            assertThat(kinds(all)).isEqualTo(every());
        }
    }

    /** Longer from round to round, for faults of the cluster come in their order. */
    private static ChaosOptions options(int round) {
        Duration engines = Duration.ofSeconds(7);
        Duration cluster = Duration.ofSeconds(1); // once the last is over
        return new ChaosOptions(
                round * REQUESTS, PER_SECOND, 48, 1, 2, 1, engines, cluster, SEED + round - 1);
    }

    private static Set<FaultKind> kinds(Run run) {
        return run.faults().stream().map(Fault::kind).collect(Collectors.toSet());
    }

    private static List<String> failures(Run run) {
        return run.traces().stream()
                .filter(trace -> trace.failure() != null)
                .map(trace -> String.valueOf(trace.failure()))
                .toList();
    }

    private static Set<FaultKind> every() {
        return EnumSet.allOf(FaultKind.class);
    }
}
