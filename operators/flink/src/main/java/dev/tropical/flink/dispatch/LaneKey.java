package dev.tropical.flink.dispatch;

import dev.tropical.flink.state.KeyGroups;
import dev.tropical.protocol.wire.LaneInput;
import org.apache.flink.api.java.functions.KeySelector;

/** The key of the lanes' input. */
public final class LaneKey implements KeySelector<LaneInput, Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer getKey(LaneInput input) {
        return KeyGroups.ofLane(input.getLane());
    }
}
