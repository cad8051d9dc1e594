package dev.tropical.e2e;

import dev.tropical.engine.client.EngineClient;
import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.engine.client.EngineListener;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.kafka.CompletionStream;
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
        client = CompletionStream.open(system.kafka(), false);
        registry = EngineRegistry.open(system.kafka());
        watcher =
                EngineClient.open(registry, "watcher", EngineClientOptions.DEFAULT, new Watcher());
    }

    /** One prefill and two decode engines. */
    static TestSystem distserve(Path work, String... engineArguments) throws Exception {
        return new TestSystem(
                config(
                        work,
                        MODEL,
                        "distserve",
                        List.of(Role.PREFILL, Role.DECODE, Role.DECODE),
                        engineArguments));
    }

    /** Two colocated engines. */
    static TestSystem vllm(Path work, String... engineArguments) throws Exception {
        return new TestSystem(
                config(work, MODEL, "vllm", List.of(Role.DECODE, Role.DECODE), engineArguments));
    }

    /** Two colocated engines that serve the model under another name. */
    static TestSystem serving(Path work, String name) throws Exception {
        return new TestSystem(config(work, name, "vllm", List.of(Role.DECODE, Role.DECODE)));
    }

    private static SystemConfig config(
            Path work, String servedName, String mode, List<Role> roles, String... arguments) {
        Path model = EngineClassPath.home().resolve("deploy/models").resolve(MODEL);
        List<EngineSpec> engines = new ArrayList<>();
        for (int i = 0; i < roles.size(); i++) {
            engines.add(
                    new EngineSpec(
                            "engine-" + i, roles.get(i), 0, model, 512L << 20, List.of(arguments)));
        }
        return new SystemConfig(
                Topics.DEFAULT,
                model,
                servedName,
                mode,
                "at-least-once",
                null,
                Map.of(),
                engines,
                2,
                new Endpoints("127.0.0.1", Endpoints.NONE, 0, 0, null),
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
