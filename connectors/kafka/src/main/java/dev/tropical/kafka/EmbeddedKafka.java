package dev.tropical.kafka;

import java.nio.file.Path;

/** A single-node Kafka in this process: broker and controller in one. */
@SuppressWarnings("DoNotCallSuggester")
public final class EmbeddedKafka implements AutoCloseable {
    private EmbeddedKafka() {}

    /**
     * Formats the data directory if it is new, and starts.
     *
     * @param port of the broker on 127.0.0.1; 0 takes a free one
     * @throws IllegalStateException when the port is in use (naming it), or the start fails
     */
    public static EmbeddedKafka start(Path dataDirectory, int port) {
        throw new UnsupportedOperationException("start");
    }

    /** {@code 127.0.0.1:port}. */
    public String bootstrapServers() {
        throw new UnsupportedOperationException("bootstrapServers");
    }

    @Override
    public void close() {}
}
