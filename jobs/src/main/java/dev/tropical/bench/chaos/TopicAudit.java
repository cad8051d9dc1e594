package dev.tropical.bench.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.WireException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The whole completions topic, read when all is over and without the client's library: what that
 * would hide (a second ending, a repeat) counts here.
 *
 * @param secondEndings requests with two endings that differ
 * @param gaps requests of which a token is missing before another
 * @param contradictions places of a stream at which two different tokens stand
 * @param repeats tokens and endings that stand there again and say the same, as at-least-once
 *     allows
 */
public record TopicAudit(int secondEndings, int gaps, int contradictions, int repeats) {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(200);

    /**
     * Reads the topic to its present end.
     *
     * @throws IllegalStateException when that takes more than two minutes, or a record is no
     *     completion
     */
    static TopicAudit of(KafkaSettings kafka) {
        Map<String, Stream> streams = new HashMap<>();
        Properties properties = kafka.clientProperties();
        properties.setProperty("enable.auto.commit", "false");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(kafka.topics().completions()).stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            read(consumer, consumer.endOffsets(partitions), streams);
        }
        return new TopicAudit(
                sum(streams, stream -> stream.endings.size() > 1 ? 1 : 0),
                sum(streams, stream -> stream.hasGap() ? 1 : 0),
                sum(streams, stream -> stream.contradictions),
                sum(streams, stream -> stream.repeats));
    }

    private static int sum(Map<String, Stream> streams, ToIntFunction<Stream> count) {
        return streams.values().stream().mapToInt(count).sum();
    }

    private static void read(
            KafkaConsumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> ends,
            Map<String, Stream> streams) {
        long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
        while (ends.entrySet().stream()
                .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (System.nanoTime() > deadlineNs) {
                throw new IllegalStateException(
                        "%s were not read to their end within %s".formatted(ends, TIMEOUT));
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                add(record.value(), streams);
            }
        }
    }

    private static void add(byte[] body, Map<String, Stream> streams) {
        try {
            CompletionRecord record = CompletionJson.decode(body, new Meta(0, null));
            streams.computeIfAbsent(record.id(), id -> new Stream())
                    .add(record, new String(body, UTF_8));
        } catch (WireException e) {
            throw new IllegalStateException("a record is no completion", e);
        }
    }

    /** What has been said of one request. */
    private static final class Stream {
        final Map<Integer, TreeMap<Integer, Integer>> tokens = new HashMap<>(); // choice, offset
        final Set<String> endings = new HashSet<>();
        int repeats;
        int contradictions;

        void add(CompletionRecord record, String body) {
            if (record instanceof Ending) {
                repeats += endings.add(body) ? 0 : 1;
            } else if (record instanceof Chunk chunk) {
                var choice = tokens.computeIfAbsent(chunk.choice(), c -> new TreeMap<>());
                int offset = chunk.tokens().offset();
                for (int id : chunk.tokens().ids()) {
                    compare(choice.put(offset++, id), id);
                }
            }
        }

        private void compare(@Nullable Integer before, int now) {
            if (before == null) {
                return;
            }
            if (before == now) {
                repeats++;
            } else {
                contradictions++;
            }
        }

        boolean hasGap() {
            return tokens.values().stream()
                    .anyMatch(choice -> !choice.isEmpty() && choice.lastKey() + 1 != choice.size());
        }
    }
}
