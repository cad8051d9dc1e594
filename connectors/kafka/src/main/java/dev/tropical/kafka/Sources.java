package dev.tropical.kafka;

import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/** What all sources have in common. */
final class Sources {
    private Sources() {}

    /** From the group's committed offsets, else from the earliest: nothing durable is skipped. */
    @SuppressWarnings("deprecation") // the connector's interface still asks for Kafka's old enum
    static <T> KafkaSourceBuilder<T> fromCommitted(
            KafkaSettings settings, String topic, String groupId) {
        return KafkaSource.<T>builder()
                .setProperties(settings.clientProperties())
                .setTopics(topic)
                .setGroupId(groupId)
                .setClientIdPrefix(groupId + "-" + topic)
                .setStartingOffsets(
                        OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST));
    }
}
