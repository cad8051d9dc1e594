package dev.tropical.scheduling.routing;

import dev.tropical.protocol.CellDepth;
import dev.tropical.protocol.ErrorCode;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A cell's router: queue, view and policy together. Feed it events, then call {@link #next} until
 * it is empty, and once more at {@link #wakeAtNs}. The operator and the simulator drive this class.
 */
public final class CellRouter {
    /** Bytes of queued tokens at which it closes: 16 M tokens, as many as 128 prompts of 128k. */
    public static final long MAX_BYTES = 64L << 20;

    /**
     * A request that leaves the queue.
     *
     * @param request which
     * @param seq the dispatch's number in this cell; 0 for a rejection
     * @param decision a dispatch or a rejection
     */
    public record Routed(QueuedRequest request, long seq, RouteDecision decision) {}

    private final RoutingPolicy policy;
    private final CellQueue queue;
    private final CellView view;
    // New requests with a time-out, the earliest first.
    private final TreeSet<QueuedRequest> timeouts;
    private final DecisionCounts counts = new DecisionCounts();
    private long lastSeq;
    private long recheckAtNs = Long.MAX_VALUE;

    /**
     * @param cell the cell's number
     * @param policy the mode's rule
     * @param lastSeq highest dispatch number given out before, e.g. by an earlier run; the next is
     *     one more. After a restart without memory, the wall clock in ms serves.
     */
    public CellRouter(int cell, RoutingPolicy policy, long lastSeq) {
        this.policy = policy;
        this.queue = new CellQueue(policy.order(), CellDepth.MAX_REQUESTS, MAX_BYTES);
        this.view = new CellView(cell);
        this.timeouts =
                new TreeSet<>(
                        Comparator.comparingLong(policy::timeoutAtNs)
                                .thenComparing(QueuedRequest::id));
        this.lastSeq = lastSeq;
    }

    /**
     * Queues a request; a retry's lost engine gets nothing before its next status.
     *
     * @return false, and nothing done, when its id is queued already
     */
    public boolean add(QueuedRequest newcomer) {
        QueuedRequest request = policy.prepare(newcomer, view);
        if (!queue.add(request)) {
            return false;
        }
        view.onLost(request.lostEngineId());
        if (!request.isRetry() && policy.timeoutAtNs(request) != Long.MAX_VALUE) {
            timeouts.add(request);
        }
        return true;
    }

    /** Takes a request out of the queue, as for a cancel. */
    public Optional<QueuedRequest> remove(String id) {
        Optional<QueuedRequest> removed = queue.remove(id);
        removed.ifPresent(timeouts::remove);
        removed.ifPresent(counts::left);
        return removed;
    }

    /** The queue, to be read; {@link #add} and {@link #remove} change it. */
    public CellQueue queue() {
        return queue;
    }

    /** The engines; the caller passes statuses and membership on. */
    public CellView view() {
        return view;
    }

    /** The next request that can leave the queue now; it is out of it and counted when returned. */
    public Optional<Routed> next(long nowNs) {
        view.expireCredits(nowNs);
        recheckAtNs = Long.MAX_VALUE;
        @Nullable QueuedRequest late = timeouts.isEmpty() ? null : timeouts.first();
        if (late != null && policy.timeoutAtNs(late) <= nowNs) {
            return Optional.of(reject(late, timedOut(late, nowNs)));
        }
        @Nullable QueuedRequest head = queue.head().orElse(null);
        if (head == null) {
            return Optional.empty();
        }
        RouteDecision decision = policy.decide(head, view, nowNs);
        if (decision instanceof RouteDecision.Hold hold) {
            counts.held(head);
            // A credit that lapses makes room that no event tells of.
            recheckAtNs = Math.min(hold.recheckAtNs(), view.nextCreditExpiryNs());
            return Optional.empty();
        }
        if (decision instanceof RouteDecision.Dispatch dispatch) {
            remove(head.id());
            counts.dispatched(dispatch);
            view.onDispatch(dispatch.engineId(), ++lastSeq, head, nowNs);
            return Optional.of(new Routed(head, lastSeq, dispatch));
        }
        return Optional.of(reject(head, decision));
    }

    private Routed reject(QueuedRequest request, RouteDecision rejection) {
        remove(request.id());
        counts.rejected();
        return new Routed(request, 0, rejection);
    }

    private static RouteDecision timedOut(QueuedRequest request, long nowNs) {
        long waitedMs = (nowNs - request.arrivedNs()) / 1_000_000;
        return new RouteDecision.Reject(
                ErrorCode.QUEUE_TIMEOUT,
                "no engine could take the request within " + waitedMs + " ms");
    }

    /**
     * When {@link #next} must be called again though nothing happens; {@code Long.MAX_VALUE}: not
     * before an event. Holds after a call of {@code next} that gave nothing.
     */
    public long wakeAtNs() {
        long timeoutNs = timeouts.isEmpty() ? Long.MAX_VALUE : policy.timeoutAtNs(timeouts.first());
        return Math.min(timeoutNs, recheckAtNs);
    }

    /** Whether the cell has a ready engine of each role that a request needs. */
    public boolean canServe(long nowNs) {
        return policy.canServe(view, nowNs);
    }

    /** How often each of the policy's rules decided. */
    public DecisionCounts counts() {
        return counts;
    }
}
