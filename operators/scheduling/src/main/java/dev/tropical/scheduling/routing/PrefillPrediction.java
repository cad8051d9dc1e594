package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepTime;

/**
 * What a request's prefill would take on one engine: by the engine's own cost model as its status
 * carries it, else by the profile. Nothing is predicted while neither is known.
 */
final class PrefillPrediction {
    private final EngineStatus status;
    private final StepCost cost;
    private final boolean isKnown;

    PrefillPrediction(EngineView engine, StepCost profile) {
        this.status = engine.status();
        StepCost own = status.getCost();
        this.cost = isMeasured(own) ? own : profile;
        this.isKnown = isMeasured(cost);
    }

    static boolean isMeasured(StepCost cost) {
        return !cost.equals(StepCost.getDefaultInstance());
    }

    /** Whether there is anything to predict with. */
    boolean isKnown() {
        return isKnown;
    }

    /** Alone on the engine, ns: the paper's e(r). */
    long aloneNs(QueuedRequest request) {
        return aloneNs(cost, request, budget());
    }

    static long aloneNs(StepCost cost, QueuedRequest request, int budget) {
        return request.choices() * StepTime.prefillNs(cost, request.tokensPerChoice(), 0, budget);
    }

    /** In mixed steps beside the engine's decodes, ns. */
    long besideDecodesNs(QueuedRequest request) {
        return request.choices()
                * StepTime.mixedPrefillNs(
                        cost,
                        request.tokensPerChoice(),
                        budget(),
                        status.getRunningDecodes(),
                        status.getDecodeContextTokens());
    }

    /** The next step of the engine's decodes alone, ns. */
    long iterationNs() {
        return StepTime.decodeNs(cost, status.getRunningDecodes(), status.getDecodeContextTokens());
    }

    /** An engine that does not say its budget is taken to have room for any prompt. */
    private int budget() {
        int tokens = status.getMaxNumBatchedTokens();
        return tokens > 0 ? tokens : Integer.MAX_VALUE;
    }
}
