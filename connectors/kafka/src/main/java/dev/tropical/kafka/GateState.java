package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Which cells are closed, and how much may pass until they are heard of again: a source reads a
 * backlog faster than a cell's word of being full comes round. Any thread; the clock is passed in.
 *
 * <p>It starts closed: until the topic is read, a cell may be full. What a cell said before this
 * gate was there counts for a while only: a job that starts says anew how full its cells are, but a
 * cell that it no longer has would hold the source for ever.
 */
final class GateState {
    private static final long NEVER = Long.MAX_VALUE;

    /** Records that may pass between two words: an open queue has room for half of its 1,024. */
    static final int BETWEEN_WORDS = 512;

    private final long oldWordNs;
    private final Map<Integer, Long> closedUntilNs = new HashMap<>();
    private boolean isCaughtUp;
    private int left = BETWEEN_WORDS;
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
    synchronized void caughtUp(long nowNs) {
        isCaughtUp = true;
        update(nowNs);
    }

    synchronized void accept(CellDepth depth, long nowNs) {
        left = BETWEEN_WORDS;
        if (depth.isOpen()) {
            closedUntilNs.remove(depth.cell());
        } else {
            closedUntilNs.put(depth.cell(), isCaughtUp ? NEVER : nowNs + oldWordNs);
        }
        update(nowNs);
    }

    /** A record has passed: the last of those that may closes the gate until the next word. */
    synchronized void passed() {
        left--;
        turn();
    }

    /** Lets cells go whose old word no longer holds. */
    synchronized void update(long nowNs) {
        closedUntilNs.values().removeIf(untilNs -> untilNs != NEVER && nowNs - untilNs >= 0);
        turn();
    }

    private void turn() {
        boolean isOpen = isCaughtUp && closedUntilNs.isEmpty() && left > 0;
        if (isOpen) {
            opened.complete(null);
        } else if (opened.isDone()) {
            opened = new CompletableFuture<>();
        }
    }
}
