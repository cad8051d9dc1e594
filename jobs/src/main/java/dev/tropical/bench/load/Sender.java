package dev.tropical.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tropical.kafka.KafkaSettings;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Produces requests of one kind at a fixed rate, and follows none of them. */
final class Sender implements AutoCloseable {
    /** 26 tokens: about half a second on the paced engine. */
    private static final byte[] BODY =
            ("{\"prompt\":\"Once upon a time\",\"max_tokens\":26,\"ignore_eos\":true,"
                            + "\"temperature\":0}")
                    .getBytes(UTF_8);

    private final KafkaProducer<String, byte[]> producer;
    private final String topic;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final AtomicInteger sent = new AtomicInteger();

    Sender(KafkaSettings kafka) {
        Properties properties = kafka.clientProperties();
        producer =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        topic = kafka.topics().requests();
    }

    /** Requests that have been sent in all. */
    int sent() {
        return sent.get();
    }

    /** So many at once, and waits until the broker has them. */
    void burst(int requests) {
        for (int i = 0; i < requests; i++) {
            send();
        }
        producer.flush();
        expectNoFailure();
    }

    /** At this rate on the calling thread, until the time is up. */
    void sendAt(double perSecond, long seconds) throws InterruptedException {
        long startNs = System.nanoTime();
        long endNs = startNs + TimeUnit.SECONDS.toNanos(seconds);
        double gapNs = 1e9 / perSecond;
        for (long i = 0; startNs + (long) (i * gapNs) < endNs; i++) {
            TimeUnit.NANOSECONDS.sleep(startNs + (long) (i * gapNs) - System.nanoTime());
            send();
        }
        producer.flush();
        expectNoFailure();
    }

    private void send() {
        String id = "load-" + sent.getAndIncrement();
        Future<RecordMetadata> unused =
                producer.send(
                        new ProducerRecord<>(topic, id, BODY),
                        (metadata, error) -> {
                            if (error != null) {
                                failure.set(error);
                            }
                        });
    }

    private void expectNoFailure() {
        Exception error = failure.get();
        if (error != null) {
            throw new IllegalStateException("a request could not be produced", error);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
