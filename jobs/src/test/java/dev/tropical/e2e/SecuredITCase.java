package dev.tropical.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.e2e.TestSystem.Setup;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.launch.EngineMonitor;
import dev.tropical.protocol.Topics;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.sockets.KeyFolder;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole system with everything locked: a Kafka that speaks TLS and asks for passwords, and
 * CURVE between job and engines and among engines.
 */
class SecuredITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** In prompts, and so in nothing that is logged. */
    private static final String MARKER = "Zanzibarbarian";

    private static final String PASSWORD = "open-sesame";
    private static final Map<String, String> LOGIN =
            Map.of(
                    "security.protocol", "SASL_SSL",
                    "sasl.mechanism", "PLAIN",
                    "sasl.jaas.config", plainLogin("username=\"tropical\" password=\"%s\""));
    private static final Map<String, String> BROKER =
            Map.of(
                    "listener.security.protocol.map",
                    "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT",
                    "inter.broker.listener.name",
                    "PLAINTEXT",
                    "sasl.enabled.mechanisms",
                    "PLAIN",
                    "sasl.mechanism.inter.broker.protocol",
                    "PLAIN",
                    "listener.name.plaintext.plain.sasl.jaas.config",
                    plainLogin("username=\"b\" password=\"b\" user_b=\"b\" user_tropical=\"%s\""));

    @TempDir static Path work;
    private static LogCapture logs;
    private static EmbeddedKafka broker;
    private static TestSystem system;

    @BeforeAll
    static void start() throws Exception {
        logs = new LogCapture();
        TestCertificate certificate = TestCertificate.in(work, PASSWORD);
        Path data = work.resolve("kafka");
        broker = EmbeddedKafka.start(data, 0, both(BROKER, certificate.broker()));
        Path keys = work.resolve("keys");
        new KeyFolder(keys).create(KeyFolder.JOB);
        new KeyFolder(keys).create(KeyFolder.ENGINE);
        system =
                TestSystem.start(
                        work,
                        Setup.PAIR
                                .with(Map.of(InferenceConfigOptions.KEYS.key(), keys.toString()))
                                .authenticating(both(LOGIN, certificate.client()))
                                .on(broker)
                                .withGateway());
    }

    @AfterAll
    static void end() {
        system.close();
        broker.close();
        logs.close();
    }

    @Test
    void shouldServeThroughPasswordsAndKeys() throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            bodies.add("{\"prompt\":\"%s\",\"max_tokens\":20}".formatted("A story. ".repeat(40)));
        }
        for (Outcome outcome : Streams.submit(system.client(), "secured", bodies).await()) {
            assertThat(outcome.error).isNull();
            assertThat(outcome.tokens.get(0)).isNotEmpty();
        }
        try (EngineRegistry registry = EngineRegistry.open(system.local().kafka())) {
            assertThat(registry.awaitCaughtUp(PATIENCE)).isTrue();
            assertThat(registry.snapshot().engines().values())
                    .hasSize(2)
                    .extracting(EngineInfo::getCurvePublicKey)
                    .allMatch(key -> key.length() == 40);
        }
        system.awaitIdle();
    }

    @Test
    void shouldTellAStrangerNothing() throws Exception {
        KafkaSettings unknown = KafkaSettings.of(broker.bootstrapServers());
        // It knows the password, and would tell it to anyone but whom it does not trust.
        KafkaSettings distrustful =
                new KafkaSettings(broker.bootstrapServers(), Topics.DEFAULT, LOGIN);
        for (KafkaSettings settings : List.of(unknown, distrustful)) {
            assertThatThrownBy(() -> TopicAdmin.createTopics(settings, 1, Duration.ofSeconds(1)))
                    .isInstanceOf(IllegalStateException.class);
        }
        Path others = work.resolve("others");
        new KeyFolder(others).create(KeyFolder.JOB);
        Path trusted = work.resolve("keys/trusted");
        Files.copy(trusted.resolve("engine.pub"), others.resolve("trusted/engine.pub"));
        for (Path keys : new Path[] {null, others}) {
            try (EngineMonitor stranger =
                    EngineMonitor.open(system.local().kafka(), "stranger", keys)) {
                assertThat(stranger.engines(PATIENCE)).hasSize(2);
                assertThat(stranger.awaitStatuses(1, Duration.ofSeconds(1))).isFalse();
            }
        }
        assertThat(engineLogs()).contains("its key ");
    }

    @Test
    void shouldLogNoWordOfAPrompt() throws Exception {
        List<String> bodies =
                List.of(
                        "{\"prompt\":\"%s\",\"max_tokens\":5}",
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"max_tokens\":5}",
                        "{\"prompt\":\"%s\",\"max_tokens\":-1}",
                        "{\"prompt\":\"%s\",\"max_tokens\":\"%s\"}",
                        "{\"prompt\":\"%s\",\"%s\":1}",
                        "{\"prompt\":\"%s\"",
                        "{\"prompt\":\"a\",\"stop\":[\"%s\",\"\"]}",
                        "%s",
                        "{\"prompt\":\"%s\",\"model\":\"%s\"}",
                        "{\"messages\":[{\"role\":\"%s\",\"content\":5}]}");
        GatewayCalls calls = new GatewayCalls(system.local().gatewayUrl());
        int refused = 0;
        for (int i = 0; i < bodies.size(); i++) {
            String body = bodies.get(i).replace("%s", MARKER);
            Outcome outcome = Outcome.of(system.client(), "marked-" + i, body.getBytes(UTF_8));
            refused += outcome.error == null ? 0 : 1;
            for (String path : List.of(GatewayCalls.COMPLETIONS, GatewayCalls.CHAT)) {
                HttpResponse<String> answer = calls.post(path, body);
                assertThat(answer.statusCode()).isLessThan(500);
            }
        }
        assertThat(refused).isEqualTo(bodies.size() - 2);
        assertThat(logs.lines()).isNotEmpty().noneMatch(line -> line.contains(MARKER));
        assertThat(engineLogs()).isNotEmpty().doesNotContain(MARKER);
        assertThat(logs.lines()).noneMatch(line -> line.contains(PASSWORD));
    }

    private static String engineLogs() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(work.resolve("logs"))) {
            for (Path file : files.toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    private static Map<String, String> both(Map<String, String> one, Map<String, String> other) {
        Map<String, String> both = new HashMap<>(one);
        both.putAll(other);
        return both;
    }

    private static String plainLogin(String options) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required "
                + options.formatted(PASSWORD)
                + ";";
    }
}
