package dev.tropical.e2e;

import static org.awaitility.Awaitility.await;

import dev.tropical.engine.client.EngineRegistration;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.EngineProcess;
import dev.tropical.launch.EngineSpec;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network between the job and one engine is cut, and delivers late what it held back. */
@Tag("long")
class NetworkFaultITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir Path work;

    @Test
    void shouldGoOnElsewhereAndDropWhatArrivesLate() throws Exception {
        try (TestSystem system = TestSystem.vllm(work);
                EngineProcess far = startEngine();
                EngineRegistration registry =
                        EngineRegistration.open(system.local().kafka(), PATIENCE)) {
            SeamBodies bodies = SeamBodies.measure(system.client(), 160);
            EngineInfo info = far.awaitReady(PATIENCE);
            try (TcpProxy commands = TcpProxy.to(info.getCommandEndpoint());
                    TcpProxy statuses = TcpProxy.to(info.getStatusEndpoint())) {
                registry.register(
                        info.toBuilder()
                                .setCommandEndpoint(commands.endpoint())
                                .setStatusEndpoint(statuses.endpoint())
                                .build());
                awaitUse(system, bodies);

                Streams streams = Streams.submit(system.client(), "cut", bodies.times(6));
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> decodes(system, "engine-far") > 2);
                commands.cut();
                statuses.cut();
                await().atMost(PATIENCE).until(() -> !system.statuses().containsKey("engine-far"));
                TimeUnit.MILLISECONDS.sleep(500); // so that more than a heartbeat arrives late
                commands.heal();
                statuses.heal();

                List<Outcome> outcomes = streams.await();
                bodies.assertSaidBy(outcomes, "cut");
                Records.assertOneEndingEach(system.local().kafka(), "cut", outcomes.size());
                // It is heard again, and what it still computed for others has been cancelled.
                await().atMost(PATIENCE).until(() -> isFree(system.statuses().get("engine-far")));
                registry.unregister("engine-far");
            }
        }
    }

    private EngineProcess startEngine() throws Exception {
        Path home = EngineClassPath.home();
        EngineSpec spec =
                new EngineSpec(
                        "engine-far",
                        Role.DECODE,
                        0,
                        home.resolve("deploy/models/tropical-tiny"),
                        512L << 20,
                        List.of());
        return EngineProcess.start(spec, EngineClassPath.under(home), work.resolve("logs"));
    }

    /** The job hears of an engine when it does, later than whoever else watches it maybe. */
    private static void awaitUse(TestSystem system, SeamBodies bodies) {
        AtomicInteger round = new AtomicInteger();
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            String run = "use-" + round.incrementAndGet();
                            Streams.submit(system.client(), run, bodies.times(1)).await();
                            EngineStatus far = system.statuses().get("engine-far");
                            return far != null && far.getFinishedTotal() > 0;
                        });
    }

    private static int decodes(TestSystem system, String engineId) {
        EngineStatus status = system.statuses().get(engineId);
        return status == null ? 0 : status.getRunningDecodes();
    }

    private static boolean isFree(EngineStatus status) {
        return status != null && status.getBlocksFree() == status.getBlocksTotal();
    }
}
