package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Which cells are closed. One thread writes (with the clock passed in), any thread reads.
 *
 * <p>It starts closed: until the topic is read, a cell may be full. A cell that says nothing for a
 * while no longer closes the gate: a cell with a full queue speaks at every change of it, and one
 * that was removed, or whose job started afresh, must not hold the source for ever.
 */
final class GateState {
    private final long lapseNs;
    private final Map<Integer, Long> closedAtNs = new HashMap<>();
    private boolean isCaughtUp;
    private volatile CompletableFuture<Void> opened = new CompletableFuture<>();

    /**
     * @param lapseNs how long a cell's word holds
     */
    GateState(long lapseNs) {
        this.lapseNs = lapseNs;
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
            closedAtNs.remove(depth.cell());
        } else {
            closedAtNs.put(depth.cell(), nowNs);
        }
        update(nowNs);
    }

    /** Lets lapsed cells go. */
    void update(long nowNs) {
        closedAtNs.values().removeIf(sinceNs -> nowNs - sinceNs >= lapseNs);
        boolean isOpen = isCaughtUp && closedAtNs.isEmpty();
        if (isOpen) {
            opened.complete(null);
        } else if (opened.isDone()) {
            opened = new CompletableFuture<>();
        }
    }
}
