package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.scheduling.routing.TropicalOptions.StallTest;

/**
 * Rule 3 of mode {@code tropical}: which decode engine may take the head's prefill between its
 * decodes without making any of them late. A resident's slack is {@code t_first + TPOT * max(1,
 * n_out) - now}: what it has saved against the mean that it was promised.
 */
final class MultiplexRule {
    private final TropicalOptions options;

    MultiplexRule(TropicalOptions options) {
        this.options = options;
    }

    /**
     * Below its watermarks, without an unfinished prefill, and free of stalls.
     *
     * @param isAnyLength whether long prompts come too: a cell without prefill engines has no other
     *     place for them
     */
    boolean allows(EngineView engine, QueuedRequest request, boolean isAnyLength, long nowNs) {
        EngineStatus status = engine.status();
        PrefillPrediction prediction = new PrefillPrediction(engine, options.profile());
        return (isAnyLength || request.tokensPerChoice() < options.multiplexing().maxTokens())
                && status.getRunningPrefills() == 0
                && engine.waiting() == 0
                && isBelowWatermarks(engine, request, prediction)
                && isStallFree(engine, request, prediction, nowNs);
    }

    private boolean isBelowWatermarks(
            EngineView engine, QueuedRequest request, PrefillPrediction prediction) {
        EngineStatus status = engine.status();
        long tpotNs = request.slo().getTpotNs();
        if (status.getMinTpotSloNs() > 0) {
            tpotNs = Math.min(tpotNs, status.getMinTpotSloNs());
        }
        long poolTokens = (long) status.getBlocksTotal() * engine.info().getBlockSize();
        // An engine that does not say its pool's size bounds nothing here; it refuses by itself.
        boolean isPoolLow =
                poolTokens == 0
                        || status.getResidentPromptTokens()
                                <= options.multiplexing().residentWatermark() * poolTokens;
        double iterationLimitNs = options.multiplexing().iterationWatermark() * tpotNs;
        return isPoolLow && prediction.iterationNs() <= iterationLimitNs;
    }

    /** For every resident i: slack_i - e(r) >= TPOT_i, by the least of (slack_i - TPOT_i). */
    private boolean isStallFree(
            EngineView engine, QueuedRequest request, PrefillPrediction prediction, long nowNs) {
        long spareNs = engine.status().getMinSpareSlackNs();
        if (spareNs == Long.MAX_VALUE) {
            return true; // nobody to stall
        }
        long ageNs = engine.statusAgeNs(nowNs);
        return prediction.isKnown()
                && spareNs - ageNs - prefillNs(engine, request, prediction, ageNs) >= 0;
    }

    private long prefillNs(
            EngineView engine, QueuedRequest request, PrefillPrediction prediction, long ageNs) {
        if (options.stallTest() == StallTest.WHOLE_PREFILL) {
            return prediction.aloneNs(request);
        }
        long restOfStepNs = Math.max(0, engine.status().getPredictedStepEndNs() - ageNs);
        return prediction.besideDecodesNs(request) + restOfStepNs;
    }
}
