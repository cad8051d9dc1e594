package dev.tropical.kafka;

import dev.tropical.protocol.CellDepth;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Which cells are closed, and how much may pass until they are heard of again: a source reads a
 * backlog faster than the word that a cell is full comes round. Any thread; the clock is passed in.
 *
 * <p>It starts closed: until the topic is read, a cell may be full. What a cell said before this
 * gate was there counts for a while only: a job that starts says anew how full its cells are, but a
 * cell that it no longer has would hold the source for ever.
 *
 * <p>Of each record any cell may be meant, so each cell's room shrinks by it. A cell's word does
 * not know of what has passed since it was written, nor of what was still on its way then: that is
 * taken off its room too. Cells speak twice a second, and at once when they close or open: a reader
 * gets at most some two thousand records a second through, and each of a source's readers reckons
 * for itself.
 */
final class GateState {
    private static final long NEVER = Long.MAX_VALUE;

    /** Stands for the job's cells until the first of them speaks. */
    private static final int UNHEARD = -1;

    /** What passed so shortly before a word was written had not come to the cell, most likely. */
    private static final long ON_ITS_WAY_MS = 200;

    private final long oldWordNs;
    private final Map<Integer, Long> closedUntilNs = new HashMap<>();
    private final Map<Integer, Integer> room = new HashMap<>();
    private final ArrayDeque<Long> passedAtMs = new ArrayDeque<>(); // the newest
    private boolean isCaughtUp;
    private boolean isBroken;
    private volatile CompletableFuture<Void> opened = new CompletableFuture<>();

    /**
     * @param oldWordNs how long a word from before the start holds
     */
    GateState(long oldWordNs) {
        this.oldWordNs = oldWordNs;
        room.put(UNHEARD, CellDepth.MAX_REQUESTS);
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

    /**
     * @param writtenAtMs when the cell said so, wall clock of its host
     */
    synchronized void accept(CellDepth depth, long writtenAtMs, long nowNs) {
        if (depth.isOpen()) {
            closedUntilNs.remove(depth.cell());
        } else {
            closedUntilNs.put(depth.cell(), isCaughtUp ? NEVER : nowNs + oldWordNs);
        }
        if (isCaughtUp) {
            room.remove(UNHEARD);
            int left = CellDepth.MAX_REQUESTS - depth.queuedRequests();
            room.put(depth.cell(), left - passedSince(writtenAtMs - ON_ITS_WAY_MS));
        }
        update(nowNs);
    }

    private int passedSince(long ms) {
        int count = 0;
        for (Iterator<Long> newest = passedAtMs.descendingIterator(); newest.hasNext(); count++) {
            if (newest.next() < ms) {
                break;
            }
        }
        return count;
    }

    /** A record has passed. */
    synchronized void passed(long nowMs) {
        passedAtMs.addLast(nowMs);
        if (passedAtMs.size() > CellDepth.MAX_REQUESTS) { // no cell has room for more
            passedAtMs.removeFirst();
        }
        room.replaceAll((cell, left) -> left - 1);
        turn();
    }

    /** Lets cells go whose old word no longer holds. */
    synchronized void update(long nowNs) {
        closedUntilNs.values().removeIf(untilNs -> untilNs != NEVER && nowNs - untilNs >= 0);
        turn();
    }

    /** Nothing will be heard any more: whoever waits is let go, to meet the reason. */
    synchronized void broken() {
        isBroken = true;
        opened.complete(null);
    }

    private void turn() {
        boolean hasRoom = room.values().stream().allMatch(left -> left > 0);
        if (isCaughtUp && closedUntilNs.isEmpty() && hasRoom) {
            opened.complete(null);
        } else if (opened.isDone() && !isBroken) {
            opened = new CompletableFuture<>();
        }
    }
}
