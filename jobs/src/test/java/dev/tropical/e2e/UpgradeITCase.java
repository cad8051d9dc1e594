package dev.tropical.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.e2e.TestSystem.Setup;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.launch.EngineClassPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A release's savepoint with requests under way, and its topics, as it left them: this build goes
 * on with every stream where that one stopped. A release is recorded by {@code mvn verify -pl jobs
 * -am -Dtest=UpgradeITCase -Drecord.release=NAME} and added to the test's values.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpgradeITCase {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Path RELEASES =
            EngineClassPath.home().resolve("jobs/src/test/resources/releases");
    private static final int TOKENS = 400;
    private static final String SHORT = "{\"prompt\":\"The dog\",\"max_tokens\":4}";

    @TempDir Path work;

    @ParameterizedTest
    @Order(2)
    @ValueSource(strings = "0.1")
    void shouldGoOnFromTheSavepointOfRelease(String release) throws Exception {
        Path folder = RELEASES.resolve(release);
        copy(folder.resolve("savepoint-1"), work.resolve("data/checkpoints/savepoint-1"));
        try (EmbeddedKafka broker = EmbeddedKafka.start(work.resolve("kafka"), 0)) {
            KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(kafka, TopicAdmin.DEFAULT_PARTITIONS, PATIENCE);
            List<JsonNode> requests =
                    replay(folder, "requests.jsonl", kafka, kafka.topics().requests());
            List<JsonNode> said =
                    replay(folder, "completions.jsonl", kafka, kafka.topics().completions());
            Set<String> underWay = keys(requests);
            underWay.removeAll(keys(said.stream().filter(UpgradeITCase::isFinal).toList()));
            assertThat(underWay).hasSizeGreaterThan(3);
            try (TestSystem system = TestSystem.start(work, Setup.DISTSERVE.on(broker))) {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofSeconds(1)) // the whole topic is read
                        .until(() -> ended(kafka).containsAll(underWay));
                assertWhole(kafka, underWay);
                // What had ended is known, too.
                Records.produce(kafka, "ended-0", SHORT.getBytes(UTF_8));
                await().atMost(PATIENCE).until(() -> isSaid(kafka, "ended-0", "duplicate_id"));
                assertThat(Outcome.of(system.client(), SHORT).error).isNull();
            }
        }
    }

    /** Every token once, in order, up to the last; the client's library would cut repeats. */
    private static void assertWhole(KafkaSettings kafka, Set<String> ids) throws IOException {
        Map<String, TreeMap<Integer, Integer>> tokens = new TreeMap<>();
        for (var record : Records.all(kafka, kafka.topics().completions())) {
            JsonNode body = JSON.readTree(record.value());
            var stream =
                    tokens.computeIfAbsent(
                            record.key() + "/" + body.path("choice").asInt(),
                            key -> new TreeMap<>());
            int offset = body.path("token_offset").asInt();
            for (JsonNode token : body.path("token_ids")) {
                Integer before = stream.put(offset++, token.asInt());
                assertThat(before).as(record.key()).isIn(null, token.asInt());
            }
        }
        for (String id : ids) {
            assertThat(tokens.get(id + "/0").keySet()).as(id).hasSize(TOKENS);
            assertThat(tokens.get(id + "/0").lastKey()).as(id).isEqualTo(TOKENS - 1);
        }
    }

    @Test
    @Order(1) // so that what is recorded is tried at once
    @EnabledIfSystemProperty(named = "record.release", matches = ".+")
    void recordThisRelease() throws Exception {
        Path folder = RELEASES.resolve(System.getProperty("record.release"));
        try (TestSystem system = TestSystem.distserve(work)) {
            KafkaSettings kafka = system.local().kafka();
            assertThat(Outcome.of(system.client(), "ended-0", SHORT.getBytes(UTF_8)).error)
                    .isNull();
            Streams streams = Streams.submit(system.client(), "under-way", bodies());
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> streams.tokens() > 10 * bodies().size());
            MiniCluster cluster = system.local().flink().cluster();
            var job = cluster.listJobs().get().iterator().next().getJobId();
            String savepoint =
                    cluster.stopWithSavepoint(
                                    job,
                                    work.resolve("savepoints").toUri().toString(),
                                    false,
                                    SavepointFormatType.CANONICAL)
                            .get();
            copy(Path.of(java.net.URI.create(savepoint)), folder.resolve("savepoint-1"));
            RecordedTopic.write(kafka, kafka.topics().requests(), folder.resolve("requests.jsonl"));
            RecordedTopic.write(
                    kafka, kafka.topics().completions(), folder.resolve("completions.jsonl"));
        }
    }

    private static List<String> bodies() {
        List<String> bodies = new ArrayList<>();
        for (String sampling :
                List.of(
                        "\"temperature\":0",
                        "\"temperature\":1,\"seed\":3",
                        "\"temperature\":1",
                        "\"temperature\":0,\"frequency_penalty\":0.6,\"logprobs\":1",
                        "\"temperature\":0.8,\"stop\":[\"never said\"],\"min_tokens\":300")) {
            bodies.add(
                    "{\"prompt\":\"Once upon a time\",\"max_tokens\":%d,\"ignore_eos\":true,%s}"
                            .formatted(TOKENS, sampling));
        }
        return bodies;
    }

    private static List<JsonNode> replay(
            Path folder, String file, KafkaSettings kafka, String topic) throws Exception {
        return RecordedTopic.replay(folder.resolve(file), kafka, topic);
    }

    private static Set<String> keys(List<JsonNode> lines) {
        return lines.stream()
                .map(line -> line.get("key").asText())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isFinal(JsonNode line) {
        return line.get("value").asText().contains("\"final\":true");
    }

    private static Set<String> ended(KafkaSettings kafka) {
        return Records.all(kafka, kafka.topics().completions()).stream()
                .filter(record -> new String(record.value(), UTF_8).contains("\"final\":true"))
                .map(record -> record.key())
                .collect(Collectors.toSet());
    }

    private static boolean isSaid(KafkaSettings kafka, String id, String words) {
        return Records.all(kafka, kafka.topics().completions()).stream()
                .filter(record -> record.key().equals(id))
                .anyMatch(record -> new String(record.value(), UTF_8).contains(words));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
