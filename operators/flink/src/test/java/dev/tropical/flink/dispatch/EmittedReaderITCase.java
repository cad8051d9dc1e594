package dev.tropical.flink.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Usage;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.EmittedOffsets;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmittedReaderITCase {
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private static final int PARTITIONS = 3;
    private static final Meta META = new Meta(1, null);

    @TempDir static Path folder;
    private static EmbeddedKafka broker;
    private static KafkaSettings kafka;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedKafka.start(folder, 0);
        kafka = KafkaSettings.of(broker.bootstrapServers());
        TopicAdmin.createTopics(kafka, PARTITIONS, Duration.ofSeconds(20));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void shouldReadWhatItsLanesHaveWrittenSinceTheSnapshot() throws Exception {
        write("before");
        EmittedOffsets snapshot = endOffsets(1);
        write("a");
        write("b");
        EmittedReader reader = reader(kafka, Delivery.AT_LEAST_ONCE);
        assertThat(Lanes.of("a")).isNotEqualTo(Lanes.of("b"));
        assertThat(reader.read(List.of(snapshot), Set.of(Lanes.of("a"))).ended())
                .containsExactly("a");
        assertThat(
                        reader.read(
                                        List.of(snapshot, EmittedOffsets.getDefaultInstance()),
                                        Set.of(Lanes.of("a"), Lanes.of("b"), Lanes.of("before")))
                                .ended())
                .containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void shouldReadNothingOnFirstStart() {
        EmittedReader reader = reader(kafka, Delivery.EXACTLY_ONCE);
        assertThat(reader.read(List.of(), Set.of(0)).ended()).isEmpty();
    }

    @Test
    void shouldGoOnWithoutBroker() {
        EmittedReader reader = reader(KafkaSettings.of("127.0.0.1:1"), Delivery.AT_LEAST_ONCE);
        EmittedOffsets since = EmittedOffsets.newBuilder().putEndOffset(0, 0).build();
        long startNs = System.nanoTime();
        assertThat(reader.read(List.of(since), Set.of(0)).ended()).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - startNs))
                .isLessThan(DEADLINE.plusSeconds(3));
    }

    private static EmittedReader reader(KafkaSettings settings, Delivery delivery) {
        return new EmittedReader(settings, delivery, DEADLINE);
    }

    /** The end once it has grown to this many records, as the background thread sees it. */
    private static EmittedOffsets endOffsets(long records) {
        try (EndOffsets offsets = new EndOffsets(kafka, Delivery.AT_LEAST_ONCE, "test")) {
            await().atMost(Duration.ofSeconds(60)).until(() -> total(offsets.latest()) >= records);
            return offsets.latest();
        }
    }

    private static long total(EmittedOffsets offsets) {
        return offsets.getEndOffsetMap().values().stream().mapToLong(Long::longValue).sum();
    }

    private static void write(String id) throws Exception {
        Properties properties = kafka.clientProperties();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            CompletionRecord ending = CompletionRecord.Ending.good(id, new Usage(1, 1, 0), META);
            producer.send(
                            new ProducerRecord<>(
                                    kafka.topics().completions(),
                                    id.getBytes(StandardCharsets.UTF_8),
                                    CompletionJson.encode(ending)))
                    .get();
        }
    }
}
