package dev.tropical.engine.client;

import dev.tropical.kafka.KafkaSettings;
import java.time.Duration;
import java.util.function.Consumer;

/** The engines topic, read by a thread that {@link #open} starts and {@link #close} ends. */
@SuppressWarnings("DoNotCallSuggester")
public final class EngineRegistry implements EngineDirectory, AutoCloseable {
    private EngineRegistry() {}

    /** Starts reading; the snapshot is empty until records come. */
    public static EngineRegistry open(KafkaSettings settings) {
        throw new UnsupportedOperationException("open");
    }

    @Override
    public RegistrySnapshot snapshot() {
        throw new UnsupportedOperationException("snapshot");
    }

    /** The snapshot's version. */
    public long version() {
        return snapshot().version();
    }

    @Override
    public Subscription subscribe(Consumer<RegistrySnapshot> listener) {
        throw new UnsupportedOperationException("subscribe");
    }

    /**
     * Waits until everything is read that the topic held when the registry was opened.
     *
     * @return false when the timeout passed first
     */
    public boolean awaitCaughtUp(Duration timeout) throws InterruptedException {
        throw new UnsupportedOperationException("awaitCaughtUp");
    }

    /** Ends the consumer thread; at most 5 s. */
    @Override
    public void close() {}
}
