package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.e2e.TestSystem.Setup;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.launch.EngineProcess;
import dev.tropical.launch.RetainedCheckpoints;
import dev.tropical.protocol.wire.EngineStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes die, freeze and come back under load: each request ends once, its stream has no gap and
 * says what it says without a fault, whatever of penalties, stop strings, log-probabilities and
 * seeds lies across the seam.
 */
class FaultsITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int TOKENS = 160;
    private static final int OF_EACH = 4;

    @TempDir static Path work;
    private static EmbeddedKafka broker;
    private static TestSystem system;
    private static SeamBodies bodies;

    @BeforeAll
    static void start() throws Exception {
        broker = EmbeddedKafka.start(work.resolve("kafka"), 0);
        system = TestSystem.start(work, Setup.DISTSERVE.on(broker));
        bodies = SeamBodies.measure(system.client(), TOKENS);
    }

    @AfterAll
    static void stop() {
        if (system != null) {
            system.close();
        }
        broker.close();
    }

    @BeforeEach
    void allEnginesAreUp() {
        system.awaitIdle();
    }

    @Test
    void shouldGoOnWhenADecodeEngineIsKilled() throws Exception {
        Streams streams = submit("decode-killed");
        awaitHalf(streams);
        engine("engine-1").kill();
        assertAsAlone("decode-killed", streams);
    }

    @Test
    void shouldGoOnWhenThePrefillEngineIsKilledWithPromptsOfEveryStage() throws Exception {
        Streams streams = submit("prefill-killed");
        awaitStatus("engine-0", status -> status.getWaiting() + status.getRunningPrefills() > 0);
        engine("engine-0").kill();
        assertAsAlone("prefill-killed", streams);
    }

    @Test
    @Tag("long")
    void shouldGoOnWhenPrefillAndDecodeEngineAreKilledTogether() throws Exception {
        Streams streams = submit("both-killed");
        awaitHalf(streams);
        engine("engine-0").kill();
        engine("engine-2").kill();
        assertAsAlone("both-killed", streams);
    }

    @Test
    void shouldStartAnEngineAgainThatDiesWhileItStarts() {
        long first = engine("engine-2").pid();
        engine("engine-2").kill();
        await().atMost(PATIENCE).until(() -> engine("engine-2").pid() != first);
        long second = engine("engine-2").pid();
        engine("engine-2").kill(); // long before it is ready
        await().atMost(PATIENCE).until(() -> engine("engine-2").pid() != second);
        system.awaitIdle();
    }

    @Test
    void shouldRefuseWhatAFrozenEngineSaysWhenItIsBack() throws Exception {
        Streams streams = submit("frozen");
        awaitHalf(streams);
        signal("engine-1", "STOP");
        await().atMost(PATIENCE).until(() -> !system.statuses().containsKey("engine-1"));
        signal("engine-1", "CONT");
        assertAsAlone("frozen", streams);
    }

    @Test
    void shouldNotFailRequestsBecauseAllEnginesAreSilentForAWhile() throws Exception {
        Streams streams = submit("silent");
        for (int silence = 0; silence < 4; silence++) {
            int before = streams.tokens();
            await().atMost(PATIENCE).until(() -> streams.tokens() > before || streams.areEnded());
            signalAll("STOP");
            await().atMost(PATIENCE).until(() -> system.statuses().isEmpty());
            signalAll("CONT");
            await().atMost(PATIENCE).until(() -> system.statuses().size() == 3);
        }
        assertAsAlone("silent", streams);
    }

    @Test
    @Tag("long")
    void shouldGoOnWhenTheBrokerIsAwayForTwentySecondsAndAnEngineDiesMeanwhile() throws Exception {
        Streams streams = submit("broker");
        awaitHalf(streams);
        int port = Integer.parseInt(broker.bootstrapServers().replaceAll(".*:", ""));
        broker.close();
        long first = engine("engine-1").pid();
        engine("engine-1").kill();
        TimeUnit.SECONDS.sleep(20); // what is lost in it is the test; nothing waits for its end
        long second = engine("engine-1").pid();
        broker = EmbeddedKafka.start(work.resolve("kafka"), port);
        assertAsAlone("broker", streams);
        system.awaitIdle();
        assertThat(second).isNotEqualTo(first);
        // It served before anyone could be told so, and is not started anew for that.
        assertThat(engine("engine-1").pid()).isEqualTo(second);
    }

    @Test
    @Tag("long")
    void shouldNotWaitForASlowConsumer() throws Exception {
        try (CompletionStream slow = CompletionStream.open(system.local().kafka(), false)) {
            Duration pause = Duration.ofMillis(5); // after each event: 20 s in all
            Streams late = Streams.submit(slow, "late", bodies.times(OF_EACH), pause);
            Streams prompt = submit("prompt");
            assertAsAlone("prompt", prompt);
            system.awaitIdle();
            assertThat(late.areEnded()).isFalse();
            assertAsAlone("late", late);
        }
    }

    @Test
    void shouldReattachToEnginesWhenTheTaskManagerIsLost() throws Exception {
        Streams streams = submit("task-manager");
        awaitHalf(streams);
        long madeBefore = generatedTokens();
        MiniCluster cluster = system.local().flink().cluster();
        cluster.terminateTaskManager(0).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        cluster.startTaskManager();
        assertAsAlone("task-manager", streams);
        system.awaitIdle();
        // Every token once: the engines went on, and nothing was computed again.
        assertThat(generatedTokens() - madeBefore)
                .isLessThanOrEqualTo((long) OF_EACH * bodies.tokens());
    }

    @Test
    void shouldGoOnWhileCheckpointsCannotBeWritten() throws Exception {
        Path folder = work.resolve("data/checkpoints");
        Path aside = work.resolve("data/checkpoints-aside");
        Files.move(folder, aside);
        Files.createFile(folder); // no folder can be made in its place
        try {
            assertAsAlone("no-checkpoint", submit("no-checkpoint"));
        } finally {
            Files.delete(folder);
            Files.move(aside, folder);
        }
        long backMs = System.currentTimeMillis();
        await().atMost(PATIENCE)
                .ignoreExceptions() // one is replaced while the folder is read
                .until(() -> newestCheckpointMs(folder) > backMs);
        assertAsAlone("checkpoint-again", submit("checkpoint-again"));
    }

    private static long newestCheckpointMs(Path folder) {
        Path newest = RetainedCheckpoints.newest(folder).orElseThrow();
        return newest.resolve("_metadata").toFile().lastModified();
    }

    private static Streams submit(String run) {
        return Streams.submit(system.client(), run, bodies.times(OF_EACH));
    }

    private static void awaitHalf(Streams streams) {
        int half = OF_EACH * bodies.tokens() / 2;
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> streams.tokens() >= half);
    }

    private static void assertAsAlone(String run, Streams streams) throws Exception {
        List<Outcome> outcomes = streams.await();
        bodies.assertSaidBy(outcomes, run);
        Records.assertOneEndingEach(system.local().kafka(), run, outcomes.size());
    }

    private static void awaitStatus(String engineId, Predicate<EngineStatus> condition) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(2))
                .until(
                        () -> {
                            EngineStatus status = system.statuses().get(engineId);
                            return status != null && condition.test(status);
                        });
    }

    private static long generatedTokens() {
        return system.statuses().values().stream()
                .mapToLong(EngineStatus::getGeneratedTokensTotal)
                .sum();
    }

    private static EngineProcess engine(String id) {
        return system.local().engines().process(id);
    }

    private static void signalAll(String signal) throws Exception {
        for (String id : List.of("engine-0", "engine-1", "engine-2")) {
            signal(id, signal);
        }
    }

    private static void signal(String engineId, String signal) throws Exception {
        String pid = Long.toString(engine(engineId).pid());
        assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
    }
}
