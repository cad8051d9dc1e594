package dev.tropical.engine.client;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.wire.EngineInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Writes engines into the registry topic, for whoever launches them. For any thread. */
public final class EngineRegistration implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final Duration timeout;

    private EngineRegistration(
            KafkaProducer<byte[], byte[]> producer, String topic, Duration timeout) {
        this.producer = producer;
        this.topic = topic;
        this.timeout = timeout;
    }

    /**
     * @param timeout of each write
     */
    public static EngineRegistration open(KafkaSettings settings, Duration timeout) {
        Properties properties = settings.clientProperties();
        String timeoutMs = Long.toString(timeout.toMillis());
        properties.setProperty("linger.ms", "0");
        properties.setProperty("max.block.ms", timeoutMs);
        properties.setProperty("request.timeout.ms", timeoutMs);
        properties.setProperty("delivery.timeout.ms", timeoutMs);
        return new EngineRegistration(
                new KafkaProducer<>(
                        properties, new ByteArraySerializer(), new ByteArraySerializer()),
                settings.topics().engines(),
                timeout);
    }

    /**
     * Writes the engine's record and waits for the broker.
     *
     * @throws IllegalStateException when the broker did not take it in time
     */
    public void register(EngineInfo engine) {
        write(engine.getEngineId(), engine.toByteArray());
    }

    /**
     * Writes a tombstone and waits for the broker.
     *
     * @throws IllegalStateException when the broker did not take it in time
     */
    public void unregister(String engineId) {
        write(engineId, null);
    }

    private void write(String engineId, byte @Nullable [] value) {
        if (engineId.isEmpty()) {
            throw new IllegalArgumentException("engineId: '' (expected: a name)");
        }
        byte[] key = engineId.getBytes(StandardCharsets.UTF_8);
        try {
            producer.send(new ProducerRecord<>(topic, key, value))
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(
                    "engine " + engineId + " could not be written to " + topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while writing engine " + engineId, e);
        }
    }

    /** Ends the producer's thread; at most the timeout. */
    @Override
    public void close() {
        producer.close(timeout);
    }
}
