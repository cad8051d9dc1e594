package dev.tropical.flink;

import dev.tropical.flink.state.KeyGroups;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.Lanes;
import org.apache.flink.api.java.functions.KeySelector;

/** The key of admission's input: its lane's. */
final class RequestKey implements KeySelector<InferenceRequest, Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer getKey(InferenceRequest request) {
        return KeyGroups.ofLane(Lanes.of(request.id()));
    }
}
