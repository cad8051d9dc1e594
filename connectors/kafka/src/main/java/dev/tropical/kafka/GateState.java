package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Which cells are closed. One thread writes (with the clock passed in), any thread reads.
 *
 * <p>It starts closed: until the topic is read, a cell may be full. What a cell said before this
 * gate was there counts for a while only: a job that starts says anew how full its cells are, but a
 * cell that it no longer has would hold the source for ever.
 */
final class GateState {
    private static final long NEVER = Long.MAX_VALUE;

    private final long oldWordNs;
    private final Map<Integer, Long> closedUntilNs = new HashMap<>();
    private boolean isCaughtUp;
    private volatile CompletableFuture<Void> opened = new CompletableFuture<>();

    /**
     * @param oldWordNs how long a word from before the start holds
     */
    GateState(long oldWordNs) {
        this.oldWordNs = oldWordNs;
    }

    /** Completed while the gate is open. */
    CompletableFuture<Void> opened() {
        return opened;
    }

    /** Everything that the topic held at the start has been passed to {@link #accept}. */
    void caughtUp(long nowNs) {
        isCaughtUp = true;
        update(nowNs);
    }

    void accept(CellDepth depth, long nowNs) {
        if (depth.isOpen()) {
            closedUntilNs.remove(depth.cell());
        } else {
            closedUntilNs.put(depth.cell(), isCaughtUp ? NEVER : nowNs + oldWordNs);
        }
        update(nowNs);
    }

    /** Lets cells go whose old word no longer holds. */
    void update(long nowNs) {
        closedUntilNs.values().removeIf(untilNs -> untilNs != NEVER && nowNs - untilNs >= 0);
        boolean isOpen = isCaughtUp && closedUntilNs.isEmpty();
        if (isOpen) {
            opened.complete(null);
        } else if (opened.isDone()) {
            opened = new CompletableFuture<>();
        }
    }
}
