package dev.tropical.engine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.protocol.Topics;
import dev.tropical.protocol.wire.RouteInput;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry topic, and the source that follows it in a job. */
class EngineSourceITCase {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static EmbeddedKafka broker;

    @BeforeAll
    static void start(@TempDir Path directory) {
        broker = EmbeddedKafka.start(directory, 0);
    }

    @AfterAll
    static void end() {
        broker.close();
    }

    @Test
    void shouldShowWhatIsRegisteredAndForgetWhatIsRemoved() throws Exception {
        KafkaSettings settings = freshTopics();
        try (EngineRegistration registration = EngineRegistration.open(settings, TIMEOUT)) {
            registration.register(Engines.info("a", "1"));
            registration.register(Engines.info("b", "1"));
            registration.register(Engines.info("a", "2"));
            registration.unregister("b");
            try (EngineRegistry registry = EngineRegistry.open(settings)) {
                assertThat(registry.awaitCaughtUp(TIMEOUT)).isTrue();
                assertThat(registry.snapshot())
                        .isEqualTo(new RegistrySnapshot(4, Map.of("a", Engines.info("a", "2"))));
                registration.register(Engines.info("c", "1"));
                await().atMost(TIMEOUT).until(() -> registry.version() == 5);
                assertThat(registry.snapshot().engines()).containsOnlyKeys("a", "c");
            }
        }
    }

    @Test
    void shouldBeCaughtUpWithAnEmptyTopic() throws Exception {
        try (EngineRegistry registry = EngineRegistry.open(freshTopics())) {
            assertThat(registry.awaitCaughtUp(TIMEOUT)).isTrue();
            assertThat(registry.snapshot()).isEqualTo(RegistrySnapshot.EMPTY);
        }
    }

    @Test
    void shouldEmitMembershipsAndStatusesInAJob() throws Exception {
        KafkaSettings settings = freshTopics();
        try (EngineRegistration registration = EngineRegistration.open(settings, TIMEOUT);
                FakeEngine engine = new FakeEngine("e1", "first");
                CloseableIterator<RouteInput> inputs = job(settings)) {
            registration.register(engine.info());
            RouteInput up = inputs.next();
            assertThat(up.getMembership().getEngine()).isEqualTo(engine.info());
            assertThat(up.getCell()).isEqualTo(engine.info().getCell());
            long first = inputs.next().getStatus().getNumber();
            assertThat(inputs.next().getStatus().getNumber()).isGreaterThan(first);
            engine.isSilent = true;
            RouteInput last = inputs.next();
            while (last.hasStatus()) {
                last = inputs.next();
            }
            assertThat(last.getMembership().getRemoved()).isTrue();
        }
    }

    private static CloseableIterator<RouteInput> job(KafkaSettings settings) throws Exception {
        Configuration c = new Configuration();
        c.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ZERO);
        c.set(PipelineOptions.GENERIC_TYPES, false);
        c.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(c);
        env.setParallelism(1);
        return env.fromSource(
                        EngineSource.create(settings, EngineClientOptions.DEFAULT),
                        WatermarkStrategy.noWatermarks(),
                        "engines")
                .executeAndCollect("engines");
    }

    private static KafkaSettings freshTopics() {
        Topics topics = new Topics("t" + UUID.randomUUID());
        KafkaSettings settings = new KafkaSettings(broker.bootstrapServers(), topics, Map.of());
        TopicAdmin.createTopics(settings, 1, TIMEOUT);
        return settings;
    }
}
