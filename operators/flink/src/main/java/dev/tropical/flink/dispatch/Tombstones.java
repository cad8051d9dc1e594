package dev.tropical.flink.dispatch;

import dev.tropical.flink.state.IdMemory;
import dev.tropical.flink.state.IdMemory.Met;
import dev.tropical.protocol.Lanes;
import java.util.BitSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Ids that have ended: whatever an engine, the router or a replay still says of them is dropped.
 * Each lane remembers its newest ones.
 */
final class Tombstones {
    /** As long as engines keep finished sequences. */
    static final long KEPT_MS = 10 * 60 * 1000;

    private final @Nullable IdMemory[] memories = new @Nullable IdMemory[Lanes.COUNT];
    private final BitSet changed = new BitSet(Lanes.COUNT);
    private final int idsPerLane;
    private final LongSupplier clockMs;

    Tombstones(int idsPerLane, LongSupplier clockMs) {
        this.idsPerLane = idsPerLane;
        this.clockMs = clockMs;
    }

    /** A lane's from state, before anything else of that lane. */
    void restore(int lane, IdMemory memory) {
        memories[lane] = memory.resized(idsPerLane);
    }

    void bury(String id, long endedAtMs) {
        int lane = Lanes.of(id);
        IdMemory memory = memories[lane];
        IdMemory known = memory == null ? IdMemory.of(idsPerLane, 0) : memory;
        memories[lane] = known.with(id, endedAtMs);
        changed.set(lane);
    }

    boolean contains(String id) {
        return isFresh(id, KEPT_MS);
    }

    /** Whether the id ended less than {@code ms} ago: its engine may not have heard of it yet. */
    boolean isFresh(String id, long ms) {
        IdMemory memory = memories[Lanes.of(id)];
        Met ended = memory == null ? null : memory.find(id);
        return ended != null && clockMs.getAsLong() - ended.atMs() < ms;
    }

    /** Brings the state up to date. */
    void write(LaneState state) throws Exception {
        for (int lane = changed.nextSetBit(0); lane >= 0; lane = changed.nextSetBit(lane + 1)) {
            IdMemory memory = memories[lane];
            if (memory != null) {
                state.putEnded(lane, memory);
            }
        }
        changed.clear();
    }
}
