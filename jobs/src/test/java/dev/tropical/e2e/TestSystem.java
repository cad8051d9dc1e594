package dev.tropical.e2e;

import dev.tropical.engine.client.EngineClient;
import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.engine.client.EngineListener;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.Topics;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A whole system for tests: broker, engine processes, MiniCluster; a client; and the engines'
 * newest statuses.
 */
final class TestSystem implements AutoCloseable {
    private static final String MODEL = "tropical-tiny";

    private final LocalSystem system;
    private final CompletionStream client;
    private final EngineRegistry registry;
    private final EngineClient watcher;
    private final Map<String, EngineStatus> statuses = new ConcurrentHashMap<>();

    private TestSystem(SystemConfig config) throws Exception {
        system = new LocalSystem(config);
        boolean isCommittedOnly = config.delivery().equals("exactly-once");
        client = CompletionStream.open(system.kafka(), isCommittedOnly);
        registry = EngineRegistry.open(system.kafka());
        watcher =
                EngineClient.open(registry, "watcher", EngineClientOptions.DEFAULT, new Watcher());
    }

    /** One prefill and two decode engines. */
    static TestSystem distserve(Path work, String... engineArguments) throws Exception {
        return start(work, Setup.DISTSERVE, engineArguments);
    }

    /** Two colocated engines. */
    static TestSystem vllm(Path work, String... engineArguments) throws Exception {
        return start(work, Setup.VLLM, engineArguments);
    }

    static TestSystem start(Path work, Setup setup, String... engineArguments) throws Exception {
        return new TestSystem(config(work, setup, engineArguments));
    }

    /**
     * What is started.
     *
     * @param kafka of the test's own, or null for a broker that belongs to the system
     */
    record Setup(
            String mode,
            List<Role> engines,
            String servedName,
            String delivery,
            @Nullable String kafka) {
        static final Setup DISTSERVE =
                new Setup(
                        "distserve",
                        List.of(Role.PREFILL, Role.DECODE, Role.DECODE),
                        MODEL,
                        "at-least-once",
                        null);
        static final Setup VLLM =
                new Setup("vllm", List.of(Role.DECODE, Role.DECODE), MODEL, "at-least-once", null);

        Setup serving(String name) {
            return new Setup(mode, engines, name, delivery, kafka);
        }

        Setup delivering(String how) {
            return new Setup(mode, engines, servedName, how, kafka);
        }

        Setup on(EmbeddedKafka broker) {
            return new Setup(mode, engines, servedName, delivery, broker.bootstrapServers());
        }
    }

    private static SystemConfig config(Path work, Setup setup, String... arguments) {
        Path model = EngineClassPath.home().resolve("deploy/models").resolve(MODEL);
        List<EngineSpec> engines = new ArrayList<>();
        for (Role role : setup.engines()) {
            String id = "engine-" + engines.size();
            engines.add(new EngineSpec(id, role, 0, model, 512L << 20, List.of(arguments)));
        }
        return new SystemConfig(
                Topics.DEFAULT,
                model,
                setup.servedName(),
                setup.mode(),
                setup.delivery(),
                null,
                Map.of(),
                engines,
                2,
                new Endpoints("127.0.0.1", Endpoints.NONE, 0, 0, setup.kafka()),
                work.resolve("data"),
                work.resolve("logs"));
    }

    CompletionStream client() {
        return client;
    }

    LocalSystem local() {
        return system;
    }

    /** Whether no engine holds a sequence or a block. */
    boolean isIdle() {
        return statuses.size() == system.engines().size()
                && statuses.values().stream()
                        .allMatch(
                                status ->
                                        status.getBlocksFree() == status.getBlocksTotal()
                                                && status.getBlocksReserved() == 0
                                                && status.getWaiting() == 0
                                                && status.getRunningPrefills() == 0
                                                && status.getRunningDecodes() == 0
                                                && status.getParked() == 0);
    }

    /** The engines' newest statuses, by id. */
    Map<String, EngineStatus> statuses() {
        return statuses;
    }

    @Override
    public void close() {
        watcher.close();
        registry.close();
        client.close();
        system.close();
    }

    private final class Watcher implements EngineListener {
        @Override
        public void onUp(EngineInfo engine) {}

        @Override
        public void onEvents(EngineEvents events) {}

        @Override
        public void onStatus(EngineStatus status) {
            statuses.put(status.getEngineId(), status);
        }

        @Override
        public void onLost(EngineInfo engine, String reason) {
            statuses.remove(engine.getEngineId());
        }

        @Override
        public void onFailure(RuntimeException failure) {}
    }
}
