package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.EngineMonitor;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.JobConfig;
import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import dev.tropical.openai.GatewaySecurity;
import dev.tropical.protocol.Topics;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole system for tests: broker, engine processes, MiniCluster; a client; and the engines'
 * newest statuses.
 */
final class TestSystem implements AutoCloseable {
    private static final String MODEL = "tropical-tiny";

    private final LocalSystem system;
    private final CompletionStream client;
    private final EngineMonitor engines;

    private TestSystem(SystemConfig config) throws Exception {
        system = new LocalSystem(config);
        boolean isCommittedOnly = config.job().isExactlyOnce();
        client = CompletionStream.open(system.kafka(), isCommittedOnly);
        String keys = config.job().further().get(InferenceConfigOptions.KEYS.key());
        engines =
                EngineMonitor.open(system.kafka(), "watcher", keys == null ? null : Path.of(keys));
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
     * One prefill and two decode engines that measure themselves first. Without prefix caches: a
     * prompt that is repeated would cost nothing.
     */
    static TestSystem tropical(Path work, Map<String, String> jobOptions) throws Exception {
        return start(
                work,
                Setup.TROPICAL.with(jobOptions),
                "--measure-ms",
                "2000",
                "--no-enable-prefix-caching");
    }

    /**
     * What is started.
     *
     * @param jobOptions further keys of the job's configuration
     * @param kafkaProperties of every Kafka client
     * @param kafka of the test's own, or null for a broker that belongs to the system
     */
    record Setup(
            String mode,
            List<Role> engines,
            String servedName,
            String delivery,
            Map<String, String> jobOptions,
            @Nullable String kafka,
            Map<String, String> kafkaProperties,
            int gatewayPort) {
        static final Setup DISTSERVE = of("distserve", Role.PREFILL, Role.DECODE, Role.DECODE);
        static final Setup PAIR = of("distserve", Role.PREFILL, Role.DECODE);
        static final Setup TROPICAL = of("tropical", Role.PREFILL, Role.DECODE, Role.DECODE);
        static final Setup VLLM = of("vllm", Role.DECODE, Role.DECODE);

        private static Setup of(String mode, Role... engines) {
            return new Setup(
                    mode,
                    List.of(engines),
                    MODEL,
                    "at-least-once",
                    Map.of(),
                    null,
                    Map.of(),
                    Endpoints.NONE);
        }

        Setup serving(String name) {
            return new Setup(
                    mode, engines, name, delivery, jobOptions, kafka, kafkaProperties, gatewayPort);
        }

        Setup delivering(String how) {
            return new Setup(
                    mode,
                    engines,
                    servedName,
                    how,
                    jobOptions,
                    kafka,
                    kafkaProperties,
                    gatewayPort);
        }

        Setup with(Map<String, String> options) {
            return new Setup(
                    mode,
                    engines,
                    servedName,
                    delivery,
                    options,
                    kafka,
                    kafkaProperties,
                    gatewayPort);
        }

        Setup on(EmbeddedKafka broker) {
            String servers = broker.bootstrapServers();
            return new Setup(
                    mode,
                    engines,
                    servedName,
                    delivery,
                    jobOptions,
                    servers,
                    kafkaProperties,
                    gatewayPort);
        }

        /** Everything that every Kafka client is told. */
        Setup authenticating(Map<String, String> properties) {
            return new Setup(
                    mode,
                    engines,
                    servedName,
                    delivery,
                    jobOptions,
                    kafka,
                    properties,
                    gatewayPort);
        }

        Setup withGateway() {
            return new Setup(
                    mode, engines, servedName, delivery, jobOptions, kafka, kafkaProperties, 0);
        }
    }

    private static SystemConfig config(Path work, Setup setup, String... arguments) {
        Path model = EngineClassPath.home().resolve("deploy/models").resolve(MODEL);
        List<EngineSpec> engines = new ArrayList<>();
        List<String> all = new ArrayList<>(List.of(arguments));
        String keys = setup.jobOptions().get(InferenceConfigOptions.KEYS.key());
        if (keys != null) {
            Collections.addAll(all, "--keys", keys);
        }
        for (Role role : setup.engines()) {
            String id = "engine-" + engines.size();
            engines.add(new EngineSpec(id, role, 0, model, 512L << 20, all));
        }
        return new SystemConfig(
                Topics.DEFAULT,
                new JobConfig(
                        model,
                        setup.servedName(),
                        setup.mode(),
                        setup.delivery(),
                        null,
                        setup.jobOptions(),
                        2),
                engines,
                new Endpoints(
                        "127.0.0.1",
                        setup.gatewayPort(),
                        0,
                        0,
                        setup.kafka(),
                        setup.kafkaProperties(),
                        GatewaySecurity.OFF),
                work.resolve("data"),
                work.resolve("logs"));
    }

    CompletionStream client() {
        return client;
    }

    LocalSystem local() {
        return system;
    }

    /** The engines, from outside the job. */
    EngineMonitor engines() {
        return engines;
    }

    /** Waits until every engine is up and none holds a sequence or a block. */
    void awaitIdle() {
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(
                        () -> {
                            assertThat(statuses()).hasSize(system.engines().size());
                            assertThat(statuses().values()).allMatch(EngineMonitor::isIdle);
                        });
    }

    /** The engines' newest statuses, by id. */
    Map<String, EngineStatus> statuses() {
        return engines.statuses();
    }

    @Override
    public void close() {
        engines.close();
        client.close();
        system.close();
    }
}
