package dev.tropical.kafka;

import dev.tropical.protocol.CompletionJson;
import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads what was said of an id before someone began to follow it. Each reading has a consumer of
 * its own, on one of a few daemon threads that {@link #close} ends.
 */
final class CompletionHistory implements AutoCloseable {
    /** After a gateway's restart many join at once; each waits for the broker, not for a core. */
    private static final int THREADS = 4;

    /** Completions' time stamps are the job's clock, a request's the broker's. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(1);

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(100);

    private final Properties consumerProperties;
    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    THREADS,
                    work -> {
                        Thread thread = new Thread(work, "completion-history");
                        thread.setDaemon(true);
                        return thread;
                    });

    CompletionHistory(Properties consumerProperties) {
        this.consumerProperties = consumerProperties;
    }

    /** Told on one of the history's threads. */
    interface Reader {
        /** Everything of the id in the partition before the offset, up to its ending, in order. */
        void onRead(List<ConsumerRecord<byte[], byte[]>> records);

        void onFailure(RuntimeException failure);
    }

    /**
     * @param sinceMs when the id was first used
     * @param untilOffset the reading ends before it
     */
    void read(TopicPartition partition, String id, long sinceMs, long untilOffset, Reader reader) {
        try {
            threads.execute(
                    () -> {
                        try {
                            reader.onRead(records(partition, id, sinceMs, untilOffset));
                        } catch (RuntimeException e) {
                            reader.onFailure(e);
                        }
                    });
        } catch (RejectedExecutionException e) {
            reader.onFailure(new IllegalStateException("the completion stream has ended", e));
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> records(
            TopicPartition partition, String id, long sinceMs, long untilOffset) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerProperties);
        try {
            consumer.assign(List.of(partition));
            long from = Math.max(0, sinceMs - CLOCK_SKEW.toMillis());
            OffsetAndTimestamp start =
                    consumer.offsetsForTimes(Map.of(partition, from)).get(partition);
            if (start == null) {
                return found; // nothing has been said since
            }
            consumer.seek(partition, start.offset());
            while (consumer.position(partition) < untilOffset) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new IllegalStateException(
                            "%s before offset %d could not be read within %s"
                                    .formatted(partition, untilOffset, TIMEOUT));
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() >= untilOffset || !isOf(id, record)) {
                        continue;
                    }
                    found.add(record);
                    if (isEnding(record)) {
                        return found;
                    }
                }
            }
            return found;
        } finally {
            Consumers.closeNow(consumer);
        }
    }

    private static boolean isOf(String id, ConsumerRecord<byte[], byte[]> record) {
        return id.equals(Records.text(record.key()));
    }

    /** Whether nothing of the id comes behind it but what was said before. */
    private static boolean isEnding(ConsumerRecord<byte[], byte[]> record) {
        try {
            return record.value() != null
                    && CompletionJson.decode(record.value(), new Meta(0, null))
                            instanceof CompletionRecord.Ending;
        } catch (WireException e) {
            return false; // the follower will say so
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
