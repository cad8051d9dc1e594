package dev.tropical.engine.client;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicTail;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engines topic, read by the thread of a {@link TopicTail} that {@link #open} starts and {@link
 * #close} ends. That thread alone changes the engines; it publishes them once per batch of records.
 */
public final class EngineRegistry implements EngineDirectory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineRegistry.class);

    private final Map<String, EngineInfo> engines = new HashMap<>();
    private long version;
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private volatile RegistrySnapshot snapshot = RegistrySnapshot.EMPTY;

    private final Object lock = new Object(); // guards the two below, and the order of calls
    private final List<Listener> listeners = new ArrayList<>();
    private @Nullable RuntimeException failure;

    private @Nullable TopicTail tail;

    private EngineRegistry() {}

    /** Starts reading; the snapshot is empty until records come. */
    public static EngineRegistry open(KafkaSettings settings) {
        EngineRegistry registry = new EngineRegistry();
        registry.tail =
                TopicTail.open(settings, settings.topics().engines(), registry.new Records());
        return registry;
    }

    @Override
    public RegistrySnapshot snapshot() {
        return snapshot;
    }

    /** The snapshot's version. */
    public long version() {
        return snapshot.version();
    }

    @Override
    public Subscription subscribe(Listener listener) {
        synchronized (lock) {
            listeners.add(listener);
            listener.onChange(snapshot);
            if (failure != null) {
                listener.onFailure(failure);
            }
        }
        return () -> {
            synchronized (lock) {
                listeners.remove(listener);
            }
        };
    }

    /**
     * Waits until everything is read that the topic held when the registry was opened.
     *
     * @return false when the timeout passed first
     * @throws IllegalStateException when the topic cannot be read any more
     */
    public boolean awaitCaughtUp(Duration timeout) throws InterruptedException {
        boolean isInTime = caughtUp.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
        synchronized (lock) {
            if (failure != null) {
                throw new IllegalStateException("the engines topic cannot be read", failure);
            }
        }
        return isInTime;
    }

    /** Ends the consumer thread; at most 5 s. */
    @Override
    public void close() {
        if (tail != null) {
            tail.close();
        }
    }

    /** On the tail's thread. */
    private final class Records implements TopicTail.Handler {
        @Override
        public void onRecord(ConsumerRecord<byte[], byte[]> record) {
            version = record.offset() + 1;
            String id =
                    record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
            if (record.value() == null) {
                engines.remove(id);
                return;
            }
            try {
                EngineInfo info = EngineInfo.parseFrom(record.value());
                if (!info.getEngineId().equals(id)) {
                    throw new WireException(
                            "engine_id: '" + info.getEngineId() + "' (expected: the key)");
                }
                engines.put(id, info);
            } catch (InvalidProtocolBufferException | WireException e) {
                LOG.warn(
                        "skipped offset {} of {}, key '{}': {}",
                        record.offset(),
                        record.topic(),
                        id,
                        e.getMessage());
            }
        }

        @Override
        public void onCaughtUp() {
            publish();
            caughtUp.countDown();
        }

        @Override
        public void onIdle() {
            publish();
        }

        private void publish() {
            if (version == snapshot.version()) {
                return;
            }
            synchronized (lock) {
                snapshot = new RegistrySnapshot(version, engines);
                listeners.forEach(listener -> listener.onChange(snapshot));
            }
        }

        @Override
        public void onFailure(RuntimeException cause) {
            synchronized (lock) {
                failure = cause;
                listeners.forEach(listener -> listener.onFailure(cause));
            }
            caughtUp.countDown();
        }
    }
}
