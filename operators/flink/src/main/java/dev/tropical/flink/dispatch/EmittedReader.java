package dev.tropical.flink.dispatch;

import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EmittedOffsets;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what readers have seen since a snapshot: the completions topic from the snapshot's end
 * offsets to its present end. On the task thread, at open.
 */
final class EmittedReader {
    private static final Logger LOG = LoggerFactory.getLogger(EmittedReader.class);

    /**
     * A second's records take a fraction of a second, and a broker that was killed is back within
     * ten. While there is none, a lane that went on could say nothing either.
     */
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaSettings kafka;
    private final Delivery delivery;
    private final Duration deadline;

    EmittedReader(KafkaSettings kafka, Delivery delivery, Duration deadline) {
        this.kafka = kafka;
        this.delivery = delivery;
        this.deadline = deadline;
    }

    /**
     * The records of these lanes. What cannot be read by the deadline is left out with a warning: a
     * stream may then repeat, and contradict itself only if its engine is lost too.
     *
     * @param since where the subtasks of the restored run had got to
     */
    Emitted read(List<EmittedOffsets> since, Set<Integer> lanes) {
        Emitted emitted = new Emitted();
        Map<Integer, Long> from = oldest(since).getEndOffsetMap();
        if (from.isEmpty()) {
            return emitted;
        }
        try (Consumer<byte[], byte[]> consumer =
                CompletionsConsumer.open(kafka, delivery, deadline)) {
            read(consumer, from, lanes, emitted);
        } catch (KafkaException e) {
            LOG.warn(
                    "going on without what was written to {} since the snapshot: {}",
                    kafka.topics().completions(),
                    e.toString());
        }
        return emitted;
    }

    /** The least offset of each partition: reading more than needed does no harm. */
    static EmittedOffsets oldest(List<EmittedOffsets> offsets) {
        Map<Integer, Long> least = new HashMap<>();
        for (EmittedOffsets each : offsets) {
            each.getEndOffsetMap()
                    .forEach((partition, offset) -> least.merge(partition, offset, Math::min));
        }
        return EmittedOffsets.newBuilder().putAllEndOffset(least).build();
    }

    private void read(
            Consumer<byte[], byte[]> consumer,
            Map<Integer, Long> from,
            Set<Integer> lanes,
            Emitted emitted) {
        List<TopicPartition> partitions = CompletionsConsumer.partitions(consumer, kafka);
        consumer.assign(partitions);
        for (TopicPartition partition : partitions) {
            consumer.seek(partition, from.getOrDefault(partition.partition(), 0L));
        }
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        int records = 0;
        while (!hasReached(consumer, ends)) {
            if (System.nanoTime() >= deadlineNs) {
                LOG.warn(
                        "going on after {} records of {}: its end was not reached within {}",
                        records,
                        kafka.topics().completions(),
                        deadline);
                return;
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                take(record, lanes, emitted);
                records++;
            }
        }
        LOG.info("readers have seen {} records since the snapshot", records);
    }

    private static boolean hasReached(
            Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /** Zero without one: no lane writes such a record. */
    private static long epoch(ConsumerRecord<byte[], byte[]> record) throws WireException {
        Header header = record.headers().lastHeader(CompletionJson.EPOCH_HEADER);
        String epoch = header == null ? "0" : new String(header.value(), StandardCharsets.UTF_8);
        try {
            return Long.parseLong(epoch);
        } catch (NumberFormatException e) {
            throw new WireException("epoch header: '" + epoch + "' (expected: a number)");
        }
    }

    private static void take(
            ConsumerRecord<byte[], byte[]> record, Set<Integer> lanes, Emitted emitted) {
        byte @Nullable [] body = record.value();
        if (body == null) {
            return; // a tombstone, which no lane writes
        }
        try {
            CompletionRecord completion =
                    CompletionJson.decode(body, new Meta(epoch(record), null));
            if (lanes.contains(Lanes.of(completion.id()))) {
                emitted.add(completion);
            }
        } catch (WireException e) {
            LOG.warn(
                    "{}-{}@{} is no completion; skipped: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e.getMessage());
        }
    }
}
