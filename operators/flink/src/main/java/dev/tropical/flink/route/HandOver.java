package dev.tropical.flink.route;

import dev.tropical.flink.admit.Cells;
import dev.tropical.protocol.wire.RouteInput;
import java.util.List;

/**
 * Where a cell's queue goes while no engine of the cell can serve it. Cells know nothing of each
 * other: each hands on to the request's next, and after a round through all of them a request rests
 * where it is. Without this the queue of one deserted cell closes the source's gate for all.
 */
final class HandOver {
    /** A cell without a ready engine of a needed role for so long hands its queue on. */
    static final long DESERTED_NS = 2_000_000_000L;

    /** A job that has just been opened looks for its engines for so long at least. */
    static final long START_NS = 10_000_000_000L;

    /** While all cells are deserted, as before the first engine is up, a round begins so often. */
    static final long ROUND_NS = 10_000_000_000L;

    private final int cell;
    private final int cells;
    private long servedAtNs;
    private long roundAtNs;
    private boolean isRoundDue;

    /**
     * @param nowNs when the router is opened
     */
    HandOver(int cell, int cells, long nowNs) {
        this.cell = cell;
        this.cells = cells;
        this.servedAtNs = nowNs + START_NS - DESERTED_NS;
        this.roundAtNs = nowNs;
    }

    /** Whether requests that {@link #mayGo} are to go now. */
    boolean isDue(boolean canServe, long nowNs) {
        if (canServe) {
            servedAtNs = nowNs;
        }
        boolean isDeserted = cells > 1 && nowNs - servedAtNs >= DESERTED_NS;
        isRoundDue = isDeserted && nowNs - roundAtNs >= ROUND_NS;
        if (isRoundDue) {
            roundAtNs = nowNs;
        }
        return isDeserted;
    }

    /** Whether the request has not been through all cells, or another round begins. */
    boolean mayGo(RouteInput queued) {
        return isRoundDue || count(queued) % cells != 0;
    }

    /** Hand-overs of the request, the coming one included. */
    int count(RouteInput queued) {
        return (queued.hasRetry() ? queued.getRetry().getHandOvers() : 0) + 1;
    }

    /** The cell that the request goes on to, never this one. */
    int next(RouteInput queued) {
        List<Integer> ranked = Cells.ranked(LaneInputs.request(queued).getId(), cells);
        int rank = count(queued) % cells;
        return ranked.get(rank) == cell ? ranked.get((rank + 1) % cells) : ranked.get(rank);
    }
}
