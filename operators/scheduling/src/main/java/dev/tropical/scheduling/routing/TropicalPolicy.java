package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Mode {@code tropical}: the SLO-aware multiplexing of arXiv 2606.16264. For the head of a queue
 * sorted shortest prefill first:
 *
 * <ol>
 *   <li>{@code idle}: a prefill engine without a prefill takes it;
 *   <li>{@code fits}: else a running prefill engine with nothing waiting does, if the head's first
 *       token will be in time after what runs;
 *   <li>{@code multiplexed}: else a decode engine below its watermarks does, if that makes none of
 *       its decodes late; the request then decodes there;
 *   <li>else it waits, at most max(10 s, 2 x its TTFT objective). Between events a "wait" never
 *       becomes a "go", since slack only falls.
 * </ol>
 *
 * Within a rule the engine with the fewest executing tokens is taken. Where a whole role is missing
 * the other one does its work.
 */
public final class TropicalPolicy implements RoutingPolicy {
    /** Rule 1: a prefill engine without a prefill. */
    public static final String IDLE = "idle";

    /** Rule 2: a running prefill engine that will be free in time. */
    public static final String FITS = "fits";

    /** Rule 3: a decode engine with slack to spare. */
    public static final String MULTIPLEXED = "multiplexed";

    /** TTFT objective of a request that comes before any engine's cost is known. */
    private static final long UNKNOWN_TTFT_NS = 5_000_000_000L;

    private final TropicalOptions options;
    private final PrefillRules prefillRules;
    private final MultiplexRule multiplexRule;

    public TropicalPolicy(TropicalOptions options) {
        this.options = options;
        this.prefillRules = new PrefillRules(options);
        this.multiplexRule = new MultiplexRule(options);
    }

    @Override
    public String name() {
        return "tropical";
    }

    /** By tokens to prefill: a predicted time grows with them on every engine. */
    @Override
    public List<String> rules() {
        return List.of(IDLE, FITS, MULTIPLEXED);
    }

    @Override
    public Comparator<QueuedRequest> order() {
        return Comparator.comparingLong(QueuedRequest::executingTokens);
    }

    @Override
    public long timeoutAtNs(QueuedRequest request) {
        return options.timeout().atNs(request);
    }

    /**
     * Fills in objectives that the request came without: a multiple of its own unloaded prefill on
     * the fastest engine, and the default TPOT.
     */
    @Override
    public QueuedRequest prepare(QueuedRequest request, CellView cell) {
        Slo slo = request.slo();
        if (slo.getTtftNs() > 0 && slo.getTpotNs() > 0) {
            return request;
        }
        Slo.Builder filled = slo.toBuilder();
        if (slo.getTtftNs() <= 0) {
            filled.setTtftNs(defaultTtftNs(request, cell));
        }
        if (slo.getTpotNs() <= 0) {
            filled.setTpotNs(options.objectives().tpotNs());
        }
        return request.withSlo(filled.build());
    }

    private long defaultTtftNs(QueuedRequest request, CellView cell) {
        long unloadedNs = Long.MAX_VALUE;
        for (EngineView engine : cell.engines()) {
            PrefillPrediction prediction = new PrefillPrediction(engine, options.profile());
            if (prediction.isKnown()) {
                unloadedNs = Math.min(unloadedNs, prediction.aloneNs(request));
            }
        }
        StepCost profile = options.profile();
        if (unloadedNs == Long.MAX_VALUE && PrefillPrediction.isMeasured(profile)) {
            unloadedNs = PrefillPrediction.aloneNs(profile, request, Integer.MAX_VALUE);
        }
        if (unloadedNs == Long.MAX_VALUE) {
            return UNKNOWN_TTFT_NS;
        }
        long atLeastNs = Math.max(options.objectives().shortestStepNs(), unloadedNs);
        return Math.round(options.objectives().ttftFactor() * atLeastNs);
    }

    @Override
    public RouteDecision decide(QueuedRequest head, CellView cell, long nowNs) {
        Predicate<EngineView> isPrefill = ready(Role.PREFILL, head, nowNs);
        Predicate<EngineView> isDecode = ready(Role.DECODE, head, nowNs);
        DecodePlacement afterPrefill =
                has(cell, Role.DECODE, nowNs)
                        ? DecodePlacement.DECODE_PEER_OR_HERE
                        : DecodePlacement.DECODE_HERE;
        EngineView idle = fewestTokens(cell, isPrefill.and(PrefillRules::isIdle));
        if (idle != null) {
            return new RouteDecision.Dispatch(idle.engineId(), afterPrefill, IDLE);
        }
        EngineView fitting =
                fewestTokens(cell, isPrefill.and(engine -> prefillRules.fits(engine, head, nowNs)));
        if (fitting != null) {
            return new RouteDecision.Dispatch(fitting.engineId(), afterPrefill, FITS);
        }
        boolean isAnyLength = !has(cell, Role.PREFILL, nowNs);
        EngineView multiplexing =
                fewestTokens(
                        cell,
                        isDecode.and(
                                engine -> multiplexRule.allows(engine, head, isAnyLength, nowNs)));
        if (multiplexing != null) {
            return new RouteDecision.Dispatch(
                    multiplexing.engineId(), DecodePlacement.DECODE_HERE, MULTIPLEXED);
        }
        return RouteDecision.Hold.UNTIL_EVENT;
    }

    private static boolean has(CellView cell, Role role, long nowNs) {
        for (EngineView engine : cell.engines()) {
            if (engine.role() == role && engine.isReady(nowNs)) {
                return true;
            }
        }
        return false;
    }

    private static Predicate<EngineView> ready(Role role, QueuedRequest request, long nowNs) {
        return engine -> engine.role() == role && engine.isReady(nowNs) && engine.hasRoom(request);
    }

    private static @Nullable EngineView fewestTokens(
            CellView cell, Predicate<EngineView> isCandidate) {
        EngineView best = null;
        for (EngineView engine : cell.engines()) {
            if (isCandidate.test(engine)
                    && (best == null || engine.executingTokens() < best.executingTokens())) {
                best = engine;
            }
        }
        return best;
    }
}
