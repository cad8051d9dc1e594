package dev.tropical.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads topics for assertions. */
final class TestRecords {
    private TestRecords() {}

    /**
     * Reads from the beginning until at least {@code count} records have come and no more are
     * there, or the timeout.
     */
    static List<ConsumerRecord<byte[], byte[]>> readAll(
            KafkaSettings settings, String topic, int count, Duration timeout) {
        Properties properties = settings.clientProperties();
        properties.setProperty("auto.offset.reset", "earliest");
        properties.setProperty("fetch.max.wait.ms", "50"); // close waits for a fetch at the end
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(
                    consumer.partitionsFor(topic).stream()
                            .map(p -> new TopicPartition(topic, p.partition()))
                            .toList());
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            long deadline = System.nanoTime() + timeout.toNanos();
            boolean isMore = true;
            while ((records.size() < count || isMore) && System.nanoTime() < deadline) {
                int before = records.size();
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                isMore = records.size() > before;
            }
            return records;
        }
    }
}
