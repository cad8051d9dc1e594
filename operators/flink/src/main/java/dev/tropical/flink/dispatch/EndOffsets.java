package dev.tropical.flink.dispatch;

import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.wire.EmittedOffsets;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The completions topic's end, asked for once a second by a thread that {@link #close} ends. A
 * snapshot takes the latest answer: it lies before the snapshot, so a restart reads a second more
 * than it needs, and the task never waits for a broker.
 */
final class EndOffsets implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EndOffsets.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final KafkaSettings kafka;
    private final Delivery delivery;
    private final Thread thread;
    private volatile EmittedOffsets latest = EmittedOffsets.getDefaultInstance();

    EndOffsets(KafkaSettings kafka, Delivery delivery, String name) {
        this.kafka = kafka;
        this.delivery = delivery;
        this.thread = new Thread(this::run, name + "-end-offsets");
        thread.setDaemon(true);
        thread.start();
    }

    /** Never blocks; without partitions while the first answer has not come. */
    EmittedOffsets latest() {
        return latest;
    }

    /** Ends the thread; at most 1 s. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(PERIOD.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                askUntilItFails();
                Thread.sleep(PERIOD.toMillis());
            }
        } catch (InterruptedException | InterruptException e) {
            LOG.debug("closed");
        }
    }

    // With a consumer of its own after each failure: whatever broke the last one must not end the
    // answers for good, for what a restart reads grows with the age of the last one.
    private void askUntilItFails() throws InterruptedException {
        try (Consumer<byte[], byte[]> consumer =
                CompletionsConsumer.open(kafka, delivery, TIMEOUT)) {
            while (true) {
                ask(consumer);
                Thread.sleep(PERIOD.toMillis());
            }
        } catch (InterruptException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.warn(
                    "end of {} not known; snapshots keep the last one: {}",
                    kafka.topics().completions(),
                    e.toString());
        }
    }

    private void ask(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = CompletionsConsumer.partitions(consumer, kafka);
        consumer.assign(partitions); // or it warns of each answer that it has no use for it
        EmittedOffsets.Builder offsets = EmittedOffsets.newBuilder();
        consumer.endOffsets(partitions)
                .forEach((partition, end) -> offsets.putEndOffset(partition.partition(), end));
        latest = offsets.build();
    }
}
