package dev.tropical.scheduling.routing;

import java.util.Optional;

/**
 * A cell's router: queue, view and policy together. Feed it events, then call {@link #next} until
 * it is empty, and once more at {@link #wakeAtNs}. The operator and the simulator drive this class.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class CellRouter {
    /** Default bounds of a cell's queue. */
    public static final int MAX_REQUESTS = 1_024;

    public static final long MAX_BYTES = 64L << 20;

    /**
     * A request that leaves the queue.
     *
     * @param seq the dispatch's number in this cell; 0 for a rejection
     * @param decision a dispatch or a rejection
     */
    public record Routed(QueuedRequest request, long seq, RouteDecision decision) {}

    /**
     * @param lastSeq highest dispatch number given out before, e.g. by an earlier run; the next is
     *     one more. After a restart without memory, the wall clock in ms serves.
     */
    public CellRouter(int cell, RoutingPolicy policy, long lastSeq) {
        throw new UnsupportedOperationException("" + cell + policy + lastSeq);
    }

    /** The queue; the caller adds and removes. */
    public CellQueue queue() {
        throw new UnsupportedOperationException();
    }

    /** The engines; the caller passes statuses and membership on. */
    public CellView view() {
        throw new UnsupportedOperationException();
    }

    /** The next request that can leave the queue now; it is out of it and counted when returned. */
    public Optional<Routed> next(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** When {@link #next} must be called again though nothing happens; MAX_VALUE: not before. */
    public long wakeAtNs() {
        throw new UnsupportedOperationException();
    }

    /** Highest dispatch number given out; belongs into the caller's state. */
    public long lastSeq() {
        throw new UnsupportedOperationException();
    }
}
