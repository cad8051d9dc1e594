package dev.tropical.scheduling.routing;

import java.util.Comparator;
import java.util.List;

/**
 * A rule for the head of a cell's queue. Pure: the same arguments give the same answer, nothing is
 * kept. A dispatch it answers with is in the view's credits before it is asked for the next head.
 */
public interface RoutingPolicy {
    /** The name that {@code --mode} knows. */
    String name();

    /** Names of the rules that its dispatches come under. */
    List<String> rules();

    /** The queue's order; ties are broken by arrival and id, retries go first in any order. */
    Comparator<QueuedRequest> order();

    /**
     * When a new request that is still queued is rejected with {@code queue_timeout}; {@code
     * Long.MAX_VALUE}: never.
     */
    long timeoutAtNs(QueuedRequest request);

    /**
     * The request as it is to be queued, once and for all: a policy fills in what the request left
     * open and its order, time-out and decisions need.
     */
    default QueuedRequest prepare(QueuedRequest request, CellView cell) {
        return request;
    }

    /** Whether the cell has a ready engine of each role that a request needs. */
    default boolean canServe(CellView cell, long nowNs) {
        return cell.hasReady(engine -> true, nowNs);
    }

    /** What to do with the head. */
    RouteDecision decide(QueuedRequest head, CellView cell, long nowNs);
}
