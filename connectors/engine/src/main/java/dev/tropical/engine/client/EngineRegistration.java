package dev.tropical.engine.client;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.wire.EngineInfo;
import java.time.Duration;

/** Writes engines into the registry topic, for whoever launches them. */
@SuppressWarnings("DoNotCallSuggester")
public final class EngineRegistration implements AutoCloseable {
    /**
     * @param timeout of each write
     */
    public static EngineRegistration open(KafkaSettings settings, Duration timeout) {
        throw new UnsupportedOperationException("open");
    }

    private EngineRegistration() {}

    /**
     * Writes the engine's record and waits for the broker.
     *
     * @throws IllegalStateException when the broker did not take it in time
     */
    public void register(EngineInfo engine) {
        throw new UnsupportedOperationException("register");
    }

    /** Writes a tombstone and waits for the broker. */
    public void unregister(String engineId) {
        throw new UnsupportedOperationException("unregister");
    }

    @Override
    public void close() {}
}
