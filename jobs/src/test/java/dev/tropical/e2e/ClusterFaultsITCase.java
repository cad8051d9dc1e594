package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.cluster.BrokerProcess;
import dev.tropical.cluster.ClusterJobs;
import dev.tropical.cluster.FlinkCluster;
import dev.tropical.cluster.InferenceSubmission;
import dev.tropical.cluster.KeptJob;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.EngineFleet;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.JobConfig;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job on a cluster of processes is stopped, rescaled, and loses JobManager and TaskManager. */
@Tag("long")
class ClusterFaultsITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Path MODEL = EngineClassPath.home().resolve("deploy/models/tropical-tiny");
    private static final int OF_EACH = 4;

    @TempDir static Path work;
    private static BrokerProcess broker;
    private static FlinkCluster flink;
    private static EngineFleet engines;
    private static ClusterJobs jobs;
    private static CompletionStream client;
    private static SeamBodies bodies;
    private static JobID job;

    @BeforeAll
    static void start() throws Exception {
        engines = EngineFleet.start(specs(), work.resolve("logs"));
        broker = BrokerProcess.start(work, 0);
        flink = FlinkCluster.start(work, 1, 2, 0);
        engines.registerWhenReady(broker.kafka());
        jobs = new ClusterJobs(flink.address());
        client = CompletionStream.open(broker.kafka(), false);
        job = submission(2).submitTo(jobs);
        bodies = SeamBodies.measure(client, 160);
        endJob();
    }

    @BeforeEach
    void submitJob() throws Exception {
        job = submission(2).submitTo(jobs);
    }

    private static List<EngineSpec> specs() {
        List<EngineSpec> specs = new ArrayList<>();
        for (Role role : List.of(Role.PREFILL, Role.DECODE, Role.DECODE)) {
            String id = "engine-" + specs.size();
            specs.add(new EngineSpec(id, role, 0, MODEL, 512L << 20, List.of()));
        }
        return specs;
    }

    private static InferenceSubmission submission(int parallelism) {
        String name = String.valueOf(MODEL.getFileName());
        return new InferenceSubmission(
                new JobConfig(
                        MODEL, name, "distserve", "at-least-once", null, Map.of(), parallelism),
                broker.kafka(),
                checkpoints());
    }

    private static String checkpoints() {
        return work.resolve("checkpoints").toUri() + "faults";
    }

    @AfterEach
    void endOwnJob() throws Exception {
        endJob();
    }

    private static void endJob() throws Exception {
        jobs.cancel(job);
        await().atMost(PATIENCE).until(() -> jobs.status(job).orElseThrow() == JobStatus.CANCELED);
    }

    @AfterAll
    static void stop() throws Exception {
        List<AutoCloseable> all = new ArrayList<>();
        Collections.addAll(all, client, jobs, flink, broker, engines);
        for (AutoCloseable part : all) {
            if (part != null) {
                part.close();
            }
        }
    }

    @Test
    void shouldGoOnAtAnotherParallelismFromASavepoint() throws Exception {
        Streams streams = submit("rescaled", bodies.times(OF_EACH));
        awaitTokens(streams, OF_EACH * bodies.tokens() / 3);
        assertThat(jobs.stop(job, checkpoints())).contains("/savepoint-");
        job = submission(1).submitTo(jobs);
        assertAsAlone("rescaled", streams);
    }

    @Test
    void shouldGoOnFromTheNewestCheckpointWhenTheJobManagerIsKilled() throws Exception {
        JobID first = job;
        try (KeptJob kept = new KeptJob(jobs, first, () -> submission(2).submitOnceTo(jobs))) {
            Streams streams = submit("job-manager", bodies.times(OF_EACH));
            awaitTokens(streams, OF_EACH * bodies.tokens() / 3);
            flink.jobManager().kill();
            Streams later = submit("jobless", bodies.times(OF_EACH));
            // The old job's tasks go on until their TaskManager notices, and may end all of it.
            await().atMost(PATIENCE).until(() -> !kept.current().equals(first));
            job = kept.current();
            assertAsAlone("job-manager", streams);
            assertAsAlone("jobless", later);
        }
    }

    /** No seed: whoever goes on must draw what readers have not seen yet, and nothing else. */
    @Test
    void shouldContradictNothingWhenEngineAndTaskManagerDieTogether() throws Exception {
        String body =
                "{\"prompt\":\"There was a big\",\"max_tokens\":200,\"ignore_eos\":true,"
                        + "\"temperature\":1}";
        Streams streams = submit("both", Collections.nCopies(24, body));
        awaitTokens(streams, 24 * 200 / 3);
        engines.process("engine-1").kill();
        flink.taskManagers().get(0).kill();
        List<Outcome> outcomes = streams.await(); // fails on a gap and on a contradiction
        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.error).isNull());
        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.tokens.get(0)).hasSize(200));
        Records.assertOneEndingEach(broker.kafka(), "both", outcomes.size());
    }

    private static Streams submit(String run, List<String> requests) {
        return Streams.submit(client, run, requests);
    }

    private static void awaitTokens(Streams streams, int tokens) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> streams.tokens() >= tokens);
    }

    private static void assertAsAlone(String run, Streams streams) throws Exception {
        List<Outcome> outcomes = streams.await();
        bodies.assertSaidBy(outcomes, run);
        Records.assertOneEndingEach(broker.kafka(), run, outcomes.size());
    }
}
