package dev.tropical.kafka;

import dev.tropical.protocol.CompletionRecord;
import org.apache.flink.api.connector.sink2.Sink;

/** The job's sink of completions. */
@SuppressWarnings("DoNotCallSuggester")
public final class CompletionSink {
    private CompletionSink() {}

    /**
     * @param transactionalIdPrefix unique to the job on this Kafka; used with {@link
     *     Delivery#EXACTLY_ONCE} only
     */
    public static Sink<CompletionRecord> create(
            KafkaSettings settings, Delivery delivery, String transactionalIdPrefix) {
        throw new UnsupportedOperationException("create");
    }
}
