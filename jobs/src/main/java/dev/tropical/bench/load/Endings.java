package dev.tropical.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.WireException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Counts requests as they end, on a thread of its own that {@link #close} ends. */
final class Endings implements AutoCloseable {
    private static final String FINAL = "\"final\":true";
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long CLOSE_MS = 5_000;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread = new Thread(this::run, "endings");
    private final Set<String> ended = new HashSet<>(); // guarded by this, as the two below
    private final Map<String, Integer> errors = new TreeMap<>();
    private int served;

    private Endings(KafkaConsumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** Begins at the topic's present end. */
    static Endings from(KafkaSettings kafka) {
        Properties properties = kafka.clientProperties();
        properties.setProperty("enable.auto.commit", "false");
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions =
                consumer.partitionsFor(kafka.topics().completions()).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        Endings endings = new Endings(consumer);
        endings.thread.setDaemon(true);
        endings.thread.start();
        return endings;
    }

    private void run() {
        try (consumer) {
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    take(record.value());
                }
            }
        } catch (WakeupException e) {
            // close() asks for the end
        }
    }

    private void take(byte[] body) {
        if (!new String(body, UTF_8).contains(FINAL)) {
            return; // most are chunks, which need no parsing
        }
        try {
            CompletionRecord record = CompletionJson.decode(body, new Meta(0, null));
            synchronized (this) {
                if (!(record instanceof Ending ending) || !ended.add(ending.id())) {
                    return;
                }
                if (ending.error() == null) {
                    served++;
                } else {
                    errors.merge(ending.error().code(), 1, Integer::sum);
                }
            }
        } catch (WireException e) {
            throw new IllegalStateException("a record is no completion", e);
        }
    }

    /** Requests that have ended, well or not. */
    synchronized int all() {
        return ended.size();
    }

    /** Those that ended well. */
    synchronized int served() {
        return served;
    }

    /** Those that did not, by their error's code. */
    synchronized Map<String, Integer> errors() {
        return Map.copyOf(errors);
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
