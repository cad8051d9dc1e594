package dev.tropical.flink.admit;

import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * How many wait for a request's answer: those who asked for it, by its body or by a join, and have
 * not left. Keyed state; kept only of requests that more than one has asked for, or that one has
 * left.
 */
final class WaitingCounts {
    private static final int WHEN_ABSENT = 1; // who asked first

    private final MapState<String, Integer> counts;

    WaitingCounts(RuntimeContext context) {
        MapStateDescriptor<String, Integer> descriptor =
                new MapStateDescriptor<>("waiting", Types.STRING, Types.INT);
        descriptor.enableTimeToLive(StateTtlConfig.newBuilder(AdmitFunction.ID_LIFETIME).build());
        counts = context.getMapState(descriptor);
    }

    /** One more waits for a request that has been asked for before. */
    void join(String id) throws Exception {
        counts.put(id, of(id) + 1);
    }

    /** One fewer waits; says whether it was the last. */
    boolean leave(String id) throws Exception {
        int before = of(id);
        counts.put(id, Math.max(0, before - 1));
        return before == 1;
    }

    private int of(String id) throws Exception {
        Integer count = counts.get(id);
        return count == null ? WHEN_ABSENT : count;
    }
}
