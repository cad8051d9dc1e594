package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Role;
import java.util.Comparator;
import java.util.List;

/**
 * Mode {@code distserve}: the ready prefill engine with the fewest executing tokens; decodes move.
 */
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
    public boolean canServe(CellView cell, long nowNs) {
        return cell.hasReady(engine -> engine.role() == Role.PREFILL, nowNs)
                && cell.hasReady(engine -> engine.role() == Role.DECODE, nowNs);
    }

    @Override
    public RouteDecision decide(QueuedRequest head, CellView cell, long nowNs) {
        // A prompt that no engine can decode would only hold blocks until its deadline.
        if (!cell.hasReady(engine -> engine.role() == Role.DECODE, nowNs)) {
            return RouteDecision.Hold.UNTIL_EVENT;
        }
        return LeastLoaded.decide(
                cell, engine -> engine.role() == Role.PREFILL, DecodePlacement.DECODE_PEER, nowNs);
    }
}
