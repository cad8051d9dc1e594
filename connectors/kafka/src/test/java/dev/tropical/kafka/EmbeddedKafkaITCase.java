package dev.tropical.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.protocol.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaITCase {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @Test
    void shouldKeepRecordsOverARestart(@TempDir Path directory) throws Exception {
        Topics topics = Topics.DEFAULT;
        try (EmbeddedKafka broker = EmbeddedKafka.start(directory, 0)) {
            KafkaSettings settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(settings, 2, TIMEOUT);
            try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
                producer.send(record(topics.requests(), 3)).get();
            }
        }
        try (EmbeddedKafka broker = EmbeddedKafka.start(directory, 0)) {
            KafkaSettings settings = KafkaSettings.of(broker.bootstrapServers());
            assertThat(TestRecords.readAll(settings, topics.requests(), 1, TIMEOUT))
                    .singleElement()
                    .satisfies(r -> assertThat(r.value()).hasSize(3));
        }
    }

    @Test
    void shouldNameThePortThatIsInUse(@TempDir Path directory) {
        String inUse = SharedKafka.settings().bootstrapServers();
        int port = Integer.parseInt(inUse.substring(inUse.indexOf(':') + 1));
        assertThatThrownBy(() -> EmbeddedKafka.start(directory, port))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("Kafka's port: %d cannot be bound on 127.0.0.1", port);
    }

    @Test
    void shouldTakeARecordOfFifteenMebibytes() throws Exception {
        KafkaSettings settings = SharedKafka.freshTopics();
        String topic = settings.topics().completions();
        int size = 15 * 1024 * 1024;
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            producer.send(record(topic, size)).get();
        }
        assertThat(TestRecords.readAll(settings, topic, 1, TIMEOUT))
                .singleElement()
                .satisfies(r -> assertThat(r.value()).hasSize(size));
    }

    @Test
    void shouldCreateTheTopicsOnceAndLeaveThemThen() throws Exception {
        KafkaSettings settings = SharedKafka.settings();
        TopicAdmin.createTopics(settings, 12, TIMEOUT);
        TopicAdmin.createTopics(settings, 5, TIMEOUT);
        Topics topics = settings.topics();
        try (Admin admin = Admin.create(settings.clientProperties())) {
            Map<String, TopicDescription> found =
                    admin.describeTopics(
                                    List.of(
                                            topics.requests(),
                                            topics.deadLetters(),
                                            topics.completions(),
                                            topics.retries(),
                                            topics.engines(),
                                            topics.cells()))
                            .allTopicNames()
                            .get();
            assertThat(found.get(topics.requests()).partitions()).hasSize(12);
            assertThat(found.get(topics.engines()).partitions()).hasSize(1);
            assertThat(config(admin, topics.requests(), "message.timestamp.type"))
                    .isEqualTo("LogAppendTime");
            assertThat(config(admin, topics.completions(), "retention.ms"))
                    .isEqualTo(Long.toString(7L * 24 * 3600 * 1000));
            assertThat(config(admin, topics.cells(), "cleanup.policy")).isEqualTo("compact");
        }
    }

    @Test
    void shouldNameTheTopicWhenTheClusterDoesNotAnswer() {
        KafkaSettings nobody = KafkaSettings.of("127.0.0.1:1");
        assertThatThrownBy(() -> TopicAdmin.createTopics(nobody, 1, Duration.ofMillis(300)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("topic inference.");
    }

    private static KafkaProducer<byte[], byte[]> producer(KafkaSettings settings) {
        return new KafkaProducer<>(
                Records.producerProperties(settings),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int size) {
        return new ProducerRecord<>(topic, "key".getBytes(), new byte[size]);
    }

    private static String config(Admin admin, String topic, String name) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        return config.get(name).value();
    }
}
