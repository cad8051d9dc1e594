package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.DecodePlacement;
import java.util.Comparator;
import java.util.List;

/** Mode {@code vllm}: the ready engine with the fewest executing tokens; it decodes there. */
public final class VllmPolicy implements RoutingPolicy {
    private final QueueTimeout timeout;

    /** First come, first served; {@link QueueTimeout#OFF} holds until an engine is up. */
    public VllmPolicy(QueueTimeout timeout) {
        this.timeout = timeout;
    }

    @Override
    public String name() {
        return "vllm";
    }

    @Override
    public List<String> rules() {
        return List.of(LeastLoaded.RULE);
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
        return LeastLoaded.decide(cell, engine -> true, DecodePlacement.DECODE_HERE, nowNs);
    }
}
