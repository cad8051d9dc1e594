package dev.tropical.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Rounds through the copy job with the records of the engine's steps: as many, as large, as
 * bunched.
 */
final class CopyRound implements AutoCloseable {
    /** The size of a chunk record with one token. */
    private static final int RECORD_BYTES = 180;

    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String from;

    CopyRound(String bootstrapServers, String from, String to) {
        this.from = from;
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrapServers, "linger.ms", "0"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrapServers, "fetch.min.bytes", "1"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        List<PartitionInfo> partitions = consumer.partitionsFor(to, Duration.ofSeconds(10));
        consumer.assign(
                partitions.stream().map(p -> new TopicPartition(to, p.partition())).toList());
        consumer.seekToEnd(consumer.assignment());
        consumer.assignment()
                .forEach(partition -> consumer.position(partition, Duration.ofSeconds(10)));
    }

    /**
     * {@code burst} records every {@code stepMs} for {@code seconds}; latencies from making to
     * consuming.
     */
    Latencies run(int burst, int stepMs, int seconds) throws InterruptedException {
        int steps = seconds * 1000 / stepMs;
        Thread sender = new Thread(() -> send(burst, stepMs, steps), "copy-sender");
        sender.start();
        Latencies latencies = new Latencies();
        long deadlineNs = System.nanoTime() + Duration.ofSeconds(seconds + 10L).toNanos();
        while (latencies.count() < steps * burst && System.nanoTime() < deadlineNs) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                latencies.add((System.nanoTime() - CopyJob.madeAtNs(record.value())) / 1e6);
            }
        }
        sender.join(10_000);
        if (latencies.count() < steps * burst) {
            throw new IllegalStateException(
                    latencies.count()
                            + " of "
                            + steps * burst
                            + " records came through the copy job");
        }
        return latencies;
    }

    private void send(int burst, int stepMs, int steps) {
        long startNs = System.nanoTime();
        for (int step = 0; step < steps; step++) {
            long dueNs = startNs + step * (stepMs * 1_000_000L);
            while (System.nanoTime() < dueNs) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
            }
            // The tokens of a step are made at one instant, so these records are too.
            long madeAtNs = System.nanoTime();
            for (int i = 0; i < burst; i++) {
                var record =
                        new ProducerRecord<byte[], byte[]>(
                                from, CopyJob.record(madeAtNs, i, RECORD_BYTES));
                // A record that the broker did not take is missed by run().
                Future<RecordMetadata> unused = producer.send(record);
            }
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
        consumer.close();
    }
}
