package dev.tropical.bench.load;

import dev.tropical.kafka.KafkaSettings;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How many requests the job has not read yet, by the offsets that its checkpoints commit: up to a
 * checkpoint's age more than there are.
 */
final class Lag implements AutoCloseable {
    private final Admin admin;
    private final String group;
    private final String topic;

    Lag(KafkaSettings kafka, String group) {
        this.admin = Admin.create(kafka.clientProperties());
        this.group = group;
        this.topic = kafka.topics().requests();
    }

    /**
     * @throws ExecutionException when the broker does not answer
     */
    long now() throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> read =
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        Map<TopicPartition, OffsetSpec> ends =
                admin.describeTopics(List.of(topic)).allTopicNames().get().values().stream()
                        .flatMap(description -> description.partitions().stream())
                        .collect(
                                Collectors.toMap(
                                        info -> new TopicPartition(topic, info.partition()),
                                        info -> OffsetSpec.latest()));
        long lag = 0;
        for (var end : admin.listOffsets(ends).all().get().entrySet()) {
            OffsetAndMetadata committed = read.get(end.getKey());
            lag += end.getValue().offset() - (committed == null ? 0 : committed.offset());
        }
        return lag;
    }

    @Override
    public void close() {
        admin.close();
    }
}
