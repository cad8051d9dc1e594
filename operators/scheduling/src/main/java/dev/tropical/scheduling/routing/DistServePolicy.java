package dev.tropical.scheduling.routing;

import java.util.Comparator;

/**
 * Mode {@code distserve}: the ready prefill engine with the fewest executing tokens; decodes move.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class DistServePolicy implements RoutingPolicy {
    private final QueueTimeout timeout;

    /** First come, first served; {@link QueueTimeout#OFF} holds until an engine is up. */
    public DistServePolicy(QueueTimeout timeout) {
        this.timeout = timeout;
    }

    @Override
    public String name() {
        return "distserve";
    }

    @Override
    public Comparator<QueuedRequest> order() {
        return Comparator.comparingLong(QueuedRequest::arrivedNs);
    }

    @Override
    public long timeoutAtNs(QueuedRequest request) {
        return timeout.atNs(request);
    }

    @Override
    public RouteDecision decide(QueuedRequest head, CellView cell, long nowNs) {
        throw new UnsupportedOperationException();
    }
}
