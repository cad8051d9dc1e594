package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.InFlightPhase;

/**
 * Requests of which nothing is heard: an engine that may hold one is asked, and what no engine can
 * be asked for goes elsewhere. So every request comes to its ending, whatever message was lost.
 */
final class Nudger {
    /** A dispatch waits so long for its engine to come up before it goes elsewhere. */
    static final long ENGINE_DEADLINE_MS = 2_000;

    /** The same for a lost engine: until the router has heard of the loss too. */
    static final long LOST_DEADLINE_MS = 250;

    /** A sequence unheard of for so long is asked for: its last event may have been lost. */
    static final long QUIET_MS = 2_000;

    private final EngineTable engines;
    private final LaneActions actions;

    Nudger(EngineTable engines, LaneActions actions) {
        this.engines = engines;
        this.actions = actions;
    }

    /** Looks at a request; call it every 100 ms or so, once the lanes have settled. */
    void nudge(InFlightRequest request, long nowMs) {
        if (request.phase() == InFlightPhase.WAITING) {
            nudgeWaiting(request, nowMs);
        } else if (request.phase() == InFlightPhase.RUNNING) {
            nudgeRunning(request, nowMs);
        }
    }

    private void nudgeWaiting(InFlightRequest request, long nowMs) {
        String engineId = request.engineId();
        long deadlineMs = engines.isLost(engineId) ? LOST_DEADLINE_MS : ENGINE_DEADLINE_MS;
        if (engineId.isEmpty()) {
            actions.retry(request, false, "", "no engine of its cell can serve it");
        } else if (nowMs - request.boundAtMs() >= deadlineMs) {
            actions.retry(request, false, engineId, "it did not come up");
        }
    }

    private void nudgeRunning(InFlightRequest request, long nowMs) {
        for (ChoiceStream choice : request.unfinished()) {
            EngineSide engine = choice.engine();
            long sinceMs = Math.max(engine.heardAtMs(), request.boundAtMs());
            if (!engines.isGreeted(engine.holder()) && nowMs - sinceMs >= ENGINE_DEADLINE_MS) {
                // As when an inventory lists one choice, and the other's engine never comes back.
                actions.retry(request, true, engine.holder(), "the engine of a choice is gone");
                return;
            }
            if (nowMs - engine.heardAtMs() >= QUIET_MS
                    && nowMs - engine.attachedAtMs() >= QUIET_MS) {
                actions.attach(request, choice, engine.holder());
            }
        }
    }
}
