package dev.tropical.kafka;

import dev.tropical.protocol.InferenceRequest;
import org.apache.flink.api.connector.source.Source;

/** The job's source of requests, gated by the cells' queues. */
@SuppressWarnings("DoNotCallSuggester")
public final class RequestSource {
    private RequestSource() {}

    /**
     * @param groupId under which offsets are committed, and from which a first start reads; the
     *     earliest offset when there is none
     */
    public static Source<InferenceRequest, ?, ?> create(KafkaSettings settings, String groupId) {
        throw new UnsupportedOperationException("create");
    }
}
