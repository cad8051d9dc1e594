package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import org.apache.flink.api.connector.sink2.Sink;

/** The sink of the cells' depths, compacted by cell. */
@SuppressWarnings("DoNotCallSuggester")
public final class CellSink {
    private CellSink() {}

    public static Sink<CellDepth> create(KafkaSettings settings) {
        throw new UnsupportedOperationException("create");
    }
}
