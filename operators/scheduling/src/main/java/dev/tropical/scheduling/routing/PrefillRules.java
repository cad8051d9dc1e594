package dev.tropical.scheduling.routing;

import dev.tropical.scheduling.routing.TropicalOptions.PrefillAdmission;
import org.jspecify.annotations.Nullable;

/**
 * Rules 1 and 2 of mode {@code tropical}: which prefill engine may take the head. An engine runs
 * one prompt at a time, so that its times stay predictable, and has at most one more waiting.
 */
final class PrefillRules {
    /** Starts are later than the sum of the predictions by this, as published. */
    private static final double START_MARGIN = 1.02;

    private final TropicalOptions options;

    PrefillRules(TropicalOptions options) {
        this.options = options;
    }

    /** Rule 1. No prefill running, waiting, or sent and not acknowledged; decodes do not count. */
    static boolean isIdle(EngineView engine) {
        return engine.status().getRunningPrefills() == 0 && engine.waiting() == 0;
    }

    /**
     * Rule 2. A prefill is running, none is waiting or on its way, and after it there is time for
     * this one.
     */
    boolean fits(EngineView engine, QueuedRequest request, long nowNs) {
        PrefillPrediction prediction = new PrefillPrediction(engine, options.profile());
        if (engine.status().getRunningPrefills() == 0
                || engine.waiting() > 0
                || !prediction.isKnown()) {
            return false;
        }
        long restNs = restNs(engine, nowNs);
        long ownNs = prediction.aloneNs(request);
        if (nowNs + restNs + ownNs >= request.ttftDeadlineNs()) {
            return false;
        }
        return options.admission() == PrefillAdmission.BY_END
                || isQueueInTime(engine.lastDispatched(), restNs, request, ownNs, nowNs);
    }

    /** Until the engine's prefills are done, as its status predicted, ns. */
    private static long restNs(EngineView engine, long nowNs) {
        long predictedNs = engine.status().getPredictedPrefillEndNs();
        return Math.max(0, predictedNs - engine.statusAgeNs(nowNs));
    }

    /**
     * The engine's queue as the published system simulates it: the running prefill's rest and the
     * newcomer, shortest first though the running one is not interrupted, each in time.
     *
     * @param running null when another run of the router sent it: then its deadline is not known
     *     and does not count
     */
    static boolean isQueueInTime(
            @Nullable QueuedRequest running,
            long restNs,
            QueuedRequest newcomer,
            long ownNs,
            long nowNs) {
        boolean isNewcomerFirst = ownNs < restNs;
        long firstNs = isNewcomerFirst ? ownNs : restNs;
        long secondNs = isNewcomerFirst ? restNs : ownNs;
        long firstEndNs = nowNs + firstNs;
        long secondEndNs = nowNs + Math.round(START_MARGIN * firstNs) + secondNs;
        long newcomerEndNs = isNewcomerFirst ? firstEndNs : secondEndNs;
        long runningEndNs = isNewcomerFirst ? secondEndNs : firstEndNs;
        return newcomerEndNs < newcomer.ttftDeadlineNs()
                && (running == null || runningEndNs < running.ttftDeadlineNs());
    }
}
