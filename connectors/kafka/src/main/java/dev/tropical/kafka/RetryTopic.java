package dev.tropical.kafka;

import dev.tropical.protocol.wire.Retry;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;

/**
 * Both ends of the retries topic. Always at least once: the lane binds each attempt to one engine.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class RetryTopic {
    private RetryTopic() {}

    public static Source<RouteInput, ?, ?> source(KafkaSettings settings, String groupId) {
        throw new UnsupportedOperationException("source");
    }

    public static Sink<Retry> sink(KafkaSettings settings) {
        throw new UnsupportedOperationException("sink");
    }
}
