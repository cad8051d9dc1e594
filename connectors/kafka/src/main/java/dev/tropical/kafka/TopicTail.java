package dev.tropical.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a compacted topic of one partition from its beginning and follows it, on a daemon thread of
 * its own that {@link #close} ends. A broker that cannot be reached is waited for.
 */
public final class TopicTail implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration IDLE = Duration.ofMillis(500);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final TopicPartition partition;
    private final Handler handler;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private volatile boolean isClosing;

    /** What happens on the tail's thread; must not block. */
    public interface Handler {
        /** The next record; a null value is a tombstone. */
        void onRecord(ConsumerRecord<byte[], byte[]> record);

        /** Everything has been read that the topic held when the tail first saw it. Once. */
        void onCaughtUp();

        /** At least twice a second, also when nothing came. */
        default void onIdle() {}

        /** Reading has ended for good; the last call. */
        void onFailure(RuntimeException failure);
    }

    private TopicTail(KafkaSettings settings, String topic, Handler handler) {
        this.partition = new TopicPartition(topic, 0);
        this.handler = handler;
        this.consumer = new KafkaConsumer<>(consumerProperties(settings));
        this.thread = new Thread(this::run, "tail-" + topic);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler(
                (ended, error) ->
                        handler.onFailure(
                                new IllegalStateException(ended.getName() + " broke", error)));
    }

    /** Starts reading. */
    public static TopicTail open(KafkaSettings settings, String topic, Handler handler) {
        TopicTail tail = new TopicTail(settings, topic, handler);
        tail.thread.start();
        return tail;
    }

    private static Properties consumerProperties(KafkaSettings settings) {
        Properties properties = settings.clientProperties();
        properties.setProperty("enable.auto.commit", "false");
        properties.setProperty("auto.offset.reset", "earliest");
        properties.setProperty("allow.auto.create.topics", "false");
        properties.setProperty("default.api.timeout.ms", "10000");
        properties.setProperty("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.setProperty("value.deserializer", ByteArrayDeserializer.class.getName());
        return properties;
    }

    private void run() {
        try {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            follow();
        } catch (RuntimeException e) {
            LOG.error("reading {} failed for good", partition.topic(), e);
            handler.onFailure(e);
        } finally {
            Consumers.closeNow(consumer);
        }
    }

    private void follow() {
        long end = -1; // not known yet
        boolean isCaughtUp = false;
        while (!isClosing) {
            try {
                if (end < 0) {
                    end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, -1L);
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(IDLE)) {
                    handler.onRecord(record);
                }
                if (!isCaughtUp && end >= 0 && consumer.position(partition) >= end) {
                    isCaughtUp = true;
                    handler.onCaughtUp();
                }
                handler.onIdle();
            } catch (WakeupException e) {
                LOG.debug("woken up to close");
            } catch (RetriableException e) {
                LOG.warn(
                        "reading {} is delayed, trying again: {}", partition.topic(), e.toString());
            }
        }
    }

    /** Ends the thread; at most 5 s. */
    @Override
    public void close() {
        isClosing = true;
        consumer.wakeup();
        try {
            thread.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
