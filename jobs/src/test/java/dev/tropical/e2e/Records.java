package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.kafka.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The topics as any Kafka client sees them. */
final class Records {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Records() {}

    /** Produces a request beside the client. */
    static void produce(KafkaSettings kafka, String id, byte[] body) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "max.request.size", 16 << 20);
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(kafka.topics().requests(), id, body))
                    .get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Reads the whole completions topic: each of the run's requests ended once, and its token
     * offsets have no gap.
     */
    static void assertOneEndingEach(KafkaSettings kafka, String prefix, int requests)
            throws Exception {
        Map<String, Integer> endings = new HashMap<>();
        Map<String, Integer> tokens = new HashMap<>();
        for (ConsumerRecord<String, byte[]> record : all(kafka, kafka.topics().completions())) {
            if (!record.key().startsWith(prefix + "-")) {
                continue;
            }
            JsonNode body = JSON.readTree(record.value());
            if (body.path("final").asBoolean()) {
                endings.merge(record.key(), 1, Integer::sum);
            } else if (body.path("object").asText().equals("chunk")
                    && body.path("token_count").asInt() > 0) {
                assertThat(body.get("token_offset").asInt())
                        .as(record.key())
                        .isEqualTo(tokens.getOrDefault(record.key(), 0));
                tokens.merge(record.key(), body.get("token_count").asInt(), Integer::sum);
            }
        }
        assertThat(endings).hasSize(requests);
        assertThat(endings.values()).containsOnly(1);
    }

    /** Every committed record of a topic, partition by partition. */
    static List<ConsumerRecord<String, byte[]>> all(KafkaSettings kafka, String topic) {
        List<ConsumerRecord<String, byte[]>> records = new java.util.ArrayList<>();
        Map<String, Object> settings =
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "auto.offset.reset",
                        "earliest",
                        "fetch.max.wait.ms",
                        50, // closing waits for the fetch at the end
                        "isolation.level",
                        "read_committed");
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(p -> new TopicPartition(topic, p.partition()))
                            .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.seekToBeginning(partitions);
            long deadlineNs = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (ends.entrySet().stream()
                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                assertThat(System.nanoTime()).as("reading " + topic).isLessThan(deadlineNs);
            }
        }
        return records;
    }
}
