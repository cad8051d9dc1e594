package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.DecodePlacement;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rule that both reference systems share: the engine with the fewest executing tokens. */
final class LeastLoaded {
    static final String RULE = "fewest-tokens";

    /** Bound of an engine's waiting queue: beyond it the router holds. */
    static final int MAX_WAITING = 256;

    private LeastLoaded() {}

    /** Ties go to the first id; holds when no engine of these is ready and below its bound. */
    static RouteDecision decide(
            CellView cell, Predicate<EngineView> isCandidate, DecodePlacement placement, long now) {
        @Nullable EngineView best = null;
        for (EngineView engine : cell.engines()) {
            if (isCandidate.test(engine)
                    && engine.isReady(now)
                    && engine.waiting() < MAX_WAITING
                    && (best == null || engine.executingTokens() < best.executingTokens())) {
                best = engine;
            }
        }
        return best == null
                ? RouteDecision.Hold.UNTIL_EVENT
                : new RouteDecision.Dispatch(best.engineId(), placement, RULE);
    }
}
