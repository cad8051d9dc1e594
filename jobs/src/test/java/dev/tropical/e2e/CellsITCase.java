package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.jobs.FlinkSettings;
import dev.tropical.jobs.InferenceJob;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.EngineMonitor;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.JobConfig;
import dev.tropical.launch.LocalFlink;
import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.RetainedCheckpoints;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.Topics;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four cells of one engine each, under a job whose parallelism is changed while it serves. */
@Tag("long")
class CellsITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String MODEL = "tropical-tiny";
    private static final int CELLS = 4;
    private static final int REQUESTS = 40;

    @TempDir Path work;

    @Test
    void shouldServeAllCellsAtEveryParallelismAndAcrossEachRescale() throws Exception {
        SystemConfig config = config(4);
        try (LocalSystem system = new LocalSystem(config);
                CompletionStream client = CompletionStream.open(system.kafka(), false);
                EngineMonitor engines = EngineMonitor.open(system.kafka(), "watcher")) {
            assertThat(engines.awaitStatuses(CELLS, PATIENCE)).isTrue();
            Outcome alone = Outcome.of(client, body());
            Map<String, Long> before = finished(engines);
            for (int parallelism : new int[] {1, 2, 3, 8, 4}) {
                Streams streams = Streams.submit(client, "to-" + parallelism, bodies());
                await().atMost(PATIENCE).until(() -> streams.tokens() > REQUESTS);
                rescale(system, parallelism);
                assertThat(streams.areEnded()).as("all ended before the rescale").isFalse();
                assertAllAs(alone, streams.await());
                String run = "at-" + parallelism;
                assertAllAs(alone, Streams.submit(client, run, bodies()).await());
                Records.assertOneEndingEach(system.kafka(), run, REQUESTS);
                Map<String, Long> now = finished(engines);
                assertThat(now).allSatisfy((id, count) -> isMore(count, before.get(id)));
                before.putAll(now);
            }
        }
    }

    private static void isMore(long now, Long before) {
        assertThat(now).as("requests that a cell has ended").isGreaterThan(before);
    }

    private static void assertAllAs(Outcome alone, List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            assertThat(outcome.error).isNull();
            assertThat(outcome.tokens).isEqualTo(alone.tokens);
            assertThat(outcome.text()).isEqualTo(alone.text());
            assertThat(outcome.finishes).hasSize(1);
        }
    }

    /** Stops the job where it is and lets another go on from its newest checkpoint. */
    private void rescale(LocalSystem system, int parallelism) throws Exception {
        MiniCluster cluster = system.flink().cluster();
        for (var job : cluster.listJobs().get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            if (job.getJobState() == JobStatus.RUNNING) {
                cluster.cancelJob(job.getJobId()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                cluster.requestJobResult(job.getJobId())
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
        Path data = config(parallelism).dataDir();
        JobGraph next =
                InferenceJob.graph(
                        FlinkSettings.of(parallelism, LocalFlink.checkpoints(data)),
                        config(parallelism).job().options(system.kafka()));
        RetainedCheckpoints.restoreNewest(next, data.resolve("checkpoints"));
        system.flink().run(next);
    }

    private static Map<String, Long> finished(EngineMonitor engines) {
        return engines.statuses().values().stream()
                .collect(
                        Collectors.toMap(
                                EngineStatus::getEngineId, EngineStatus::getFinishedTotal));
    }

    private static List<String> bodies() {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            bodies.add(body());
        }
        return bodies;
    }

    private static String body() {
        return "{\"prompt\":\"Once upon a time\",\"temperature\":0,\"max_tokens\":200,"
                + "\"ignore_eos\":true}";
    }

    /** The cluster has twice as many slots as the first job's parallelism. */
    private SystemConfig config(int parallelism) {
        Path model = EngineClassPath.home().resolve("deploy/models").resolve(MODEL);
        List<EngineSpec> engines = new ArrayList<>();
        for (int cell = 0; cell < CELLS; cell++) {
            engines.add(
                    new EngineSpec(
                            "engine-" + cell, Role.DECODE, cell, model, 256L << 20, List.of()));
        }
        return new SystemConfig(
                Topics.DEFAULT,
                new JobConfig(
                        model,
                        MODEL,
                        "vllm",
                        "at-least-once",
                        null,
                        Map.of("tropical.cells", Integer.toString(CELLS)),
                        parallelism),
                engines,
                new Endpoints("127.0.0.1", Endpoints.NONE, 0, 0, null),
                work.resolve("data"),
                work.resolve("logs"));
    }
}
