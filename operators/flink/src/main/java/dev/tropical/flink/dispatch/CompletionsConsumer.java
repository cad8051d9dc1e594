package dev.tropical.flink.dispatch;

import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Consumers of the job's own completions topic, by partition and without a group. */
final class CompletionsConsumer {
    private CompletionsConsumer() {}

    /**
     * @param delivery with {@link Delivery#EXACTLY_ONCE} readers see what is committed, and so does
     *     this consumer
     * @param timeout of each blocking call
     */
    static Consumer<byte[], byte[]> open(KafkaSettings kafka, Delivery delivery, Duration timeout) {
        Properties properties = kafka.clientProperties();
        properties.setProperty("enable.auto.commit", "false");
        properties.setProperty("auto.offset.reset", "earliest");
        properties.setProperty("allow.auto.create.topics", "false");
        properties.setProperty("default.api.timeout.ms", Long.toString(timeout.toMillis()));
        properties.setProperty("request.timeout.ms", Long.toString(timeout.toMillis()));
        properties.setProperty(
                "isolation.level",
                delivery == Delivery.EXACTLY_ONCE ? "read_committed" : "read_uncommitted");
        return new KafkaConsumer<>(
                properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static List<TopicPartition> partitions(Consumer<?, ?> consumer, KafkaSettings kafka) {
        String topic = kafka.topics().completions();
        return consumer.partitionsFor(topic).stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }
}
