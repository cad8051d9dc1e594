package dev.tropical.engine.client;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.wire.RouteInput;
import org.apache.flink.api.connector.source.Source;

/** A Flink source of the engines' memberships and statuses; run it with parallelism 1. */
@SuppressWarnings("DoNotCallSuggester")
public final class EngineSource {
    private EngineSource() {}

    public static Source<RouteInput, ?, ?> create(
            KafkaSettings settings, EngineClientOptions options) {
        throw new UnsupportedOperationException("create");
    }
}
