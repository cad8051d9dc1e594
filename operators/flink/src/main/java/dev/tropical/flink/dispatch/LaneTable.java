package dev.tropical.flink.dispatch;

import dev.tropical.flink.dispatch.EngineTable.Phase;
import dev.tropical.flink.state.IdMemory;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.InFlight;
import dev.tropical.protocol.wire.InFlightPhase;
import dev.tropical.protocol.wire.Inventory;
import dev.tropical.protocol.wire.LaneInput;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.RoleSwitch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lanes of one subtask: every request of theirs from its first dispatch to its one ending.
 *
 * <p>A run begins RECOVERING: engines are greeted and what they hold is adopted; dispatches wait.
 * Once every engine that the registry knows has answered or is lost, or the deadline passed, the
 * lanes are SETTLED: what no engine holds is retried, what waited is submitted.
 *
 * <p>All methods belong to the task thread. Nothing blocks and nothing throws for what an engine or
 * the router says.
 */
final class LaneTable {
    private static final Logger LOG = LoggerFactory.getLogger(LaneTable.class);

    /** For engines to answer, after the registry is known. Nearly three silences of 0.7 s. */
    static final long ANSWER_DEADLINE_MS = 2_000;

    /** For the registry; beyond it the lanes go on with the engines that they know. */
    static final long REGISTRY_DEADLINE_MS = 10_000;

    /** A Hello is repeated when no inventory came for so long. */
    static final long HELLO_AGAIN_MS = 1_000;

    private final RequestTable table;
    private final EngineTable engines = new EngineTable();
    private final AckLedger acks = new AckLedger();
    private final Run run;
    private final Commands commands;
    private final TextSource texts;
    private final LaneOutput output;
    private final List<AdmittedRequest> unserved = new ArrayList<>(); // restored, to be ended
    private final LongSupplier clockMs;
    private final LaneActions actions;
    private final RouterInputs routerInputs;
    private final InventoryAdopter adopter;
    private final EngineEventHandler events;
    private final Nudger nudger;
    private final long settleByMs;
    private long answersDueMs = Long.MAX_VALUE;
    private boolean isSettled;

    LaneTable(Run run, TextSource texts, LaneOutput output, LongSupplier clockMs) {
        this.run = run;
        this.texts = texts;
        this.output = output;
        this.clockMs = clockMs;
        this.commands = new Commands(run.epoch());
        this.table = new RequestTable(new Tombstones(run.endedIdsPerLane(), clockMs));
        this.actions = new LaneActions(table, engines, acks, texts, output, clockMs, run);
        TokenIntake tokens = new TokenIntake(table, actions, clockMs);
        this.routerInputs = new RouterInputs(table, actions, clockMs);
        this.adopter = new InventoryAdopter(table, actions, tokens);
        this.events = new EngineEventHandler(table, engines, actions, tokens, run.epoch());
        this.nudger = new Nudger(engines, actions);
        this.settleByMs = clockMs.getAsLong() + REGISTRY_DEADLINE_MS;
    }

    // ---- restored state, before anything else ------------------------------------------------

    /** A request that was in flight. */
    void restore(InFlight state) {
        if (state.hasRejection()) {
            table.reject(state.getRejection());
            return;
        }
        if (!texts.serves(state.getRequest().getModel())) {
            run.emitted().dropBefore(state.getRequest().getId(), state.getSaidInEpoch());
            unserved.add(state.getRequest());
            return;
        }
        InFlightRequest request = InFlightRequest.restore(state, texts);
        table.restore(request);
        run.emitted().applyTo(request);
        table.changed(request);
    }

    /** The ids of a lane that had ended. */
    void restoreEnded(int lane, IdMemory ended) {
        table.ended().restore(lane, ended);
    }

    /** An id that had ended, as release 0.1 kept it. */
    void restoreEnded(String id, long endedAtMs) {
        table.ended().bury(id, endedAtMs);
    }

    /** An id whose ending readers have seen, though the restored state knows nothing of it. */
    void assumeEnded(int lane, String id) {
        table.end(id, lane, clockMs.getAsLong());
    }

    // ---- inputs ------------------------------------------------------------------------------

    /** The registry's engines, once it has caught up. */
    void onRegistry(Set<String> engineIds) {
        engineIds.forEach(engines::expect);
        answersDueMs = Math.min(answersDueMs, clockMs.getAsLong() + ANSWER_DEADLINE_MS);
        settleIfDue();
    }

    void onInput(LaneInput input) {
        switch (input.getBodyCase()) {
            case DISPATCH -> {
                InFlightRequest request = routerInputs.dispatch(input.getDispatch());
                if (request != null && isSettled && engines.isReady(request.engineId())) {
                    actions.submit(request);
                }
            }
            case CANCEL -> routerInputs.cancel(input.getCancel());
            case ERROR -> routerInputs.error(input.getError(), isSettled);
            case ROLE_SWITCH -> switchRole(input.getRoleSwitch());
            default -> LOG.warn("input of lane {} has no body; dropped", input.getLane());
        }
    }

    /** An engine that is not up here keeps its role; the router finds it short again. */
    private void switchRole(RoleSwitch change) {
        output.send(change.getEngineId(), Commands.setRole(change.getRole()));
    }

    /** Commands reach the engine from now on. */
    void onUp(String engineId) {
        greet(engineId);
    }

    /** The engine is silent, stalled or gone: what it held goes elsewhere. */
    void onLost(String engineId, String reason) {
        engines.set(engineId, Phase.LOST);
        for (InFlightRequest request : table.all()) {
            if (isHeldBy(request, engineId) && (isSettled || isConfirmed(request))) {
                boolean isLoss = request.phase() == InFlightPhase.RUNNING;
                actions.retry(request, isLoss, engineId, reason);
            }
        }
        settleIfDue();
    }

    void onEvents(EngineEvents message) {
        String engineId = message.getEngineId();
        if (!engines.isGreeted(engineId)) {
            return;
        }
        for (EngineEvent event : message.getEventsList()) {
            if (event.hasInventory()) {
                onInventory(engineId, message.getIncarnation(), event.getInventory());
            } else if (event.hasRefused() && isUnknownEpoch(event.getRefused())) {
                greetAgain(engineId);
            } else {
                events.handle(engineId, event);
            }
        }
    }

    /** Deadlines; call it every 100 ms or so. */
    void tick() {
        settleIfDue();
        long nowMs = clockMs.getAsLong();
        engines.unanswered(nowMs, HELLO_AGAIN_MS).forEach(this::greet);
        if (isSettled) {
            table.all().forEach(request -> nudger.nudge(request, nowMs));
        }
    }

    // ---- checkpoints -------------------------------------------------------------------------

    /** Brings the keyed state up to date and notes what the checkpoint makes durable. */
    void snapshot(long checkpointId, LaneState state) throws Exception {
        table.write(state);
        acks.snapshot(checkpointId, table.all());
    }

    /** Engines may forget what the checkpoint holds. */
    void checkpointComplete(long checkpointId) {
        acks.complete(
                checkpointId, (engine, sequences) -> output.send(engine, commands.ack(sequences)));
    }

    /** The next checkpoint will hold what this one would have. */
    void checkpointAborted(long checkpointId) {
        acks.aborted(checkpointId);
    }

    // ---- for metrics and tests ---------------------------------------------------------------

    Collection<InFlightRequest> inFlight() {
        return table.all();
    }

    int inFlightCount() {
        return table.size();
    }

    /** Sequences that engines keep until a checkpoint completes. */
    int unacknowledged() {
        return acks.waiting();
    }

    boolean isSettled() {
        return isSettled;
    }

    // ---- recovery ----------------------------------------------------------------------------

    private void greet(String engineId) {
        engines.greeted(engineId, clockMs.getAsLong());
        output.send(engineId, commands.hello(run.lanes()));
    }

    /** It does not know our epoch. A burst of refusals is answered with one Hello. */
    private void greetAgain(String engineId) {
        if (engines.isReady(engineId)) {
            greet(engineId);
        }
    }

    private void onInventory(String engineId, String incarnation, Inventory inventory) {
        if (inventory.getEpoch() != run.epoch()) {
            return;
        }
        if (engines.isSameProcess(engineId, incarnation)) {
            table.all().stream()
                    .filter(request -> request.losses().regainedAll(engineId))
                    .forEach(table::changed);
        } else {
            table.all().forEach(request -> request.losses().lostForGood(engineId));
        }
        engines.set(engineId, Phase.READY);
        adopter.adopt(engineId, inventory, isSettled);
        if (isSettled) {
            adopter.askForMissing(engineId, inventory);
            submitWaiting();
        }
        settleIfDue();
    }

    private void settleIfDue() {
        long nowMs = clockMs.getAsLong();
        boolean haveAnswered = answersDueMs != Long.MAX_VALUE && engines.haveAllAnswered();
        if (isSettled || !(haveAnswered || nowMs >= Math.min(answersDueMs, settleByMs))) {
            return;
        }
        if (!haveAnswered) {
            LOG.warn(
                    "going on without an answer of engines {} ({} ms after the registry, or no"
                            + " registry for {} ms)",
                    engines.silent(),
                    ANSWER_DEADLINE_MS,
                    REGISTRY_DEADLINE_MS);
        }
        isSettled = true;
        unserved.stream()
                .filter(r -> !table.ended().contains(r.getId()))
                .forEach(actions::endUnserved);
        unserved.clear();
        routerInputs.settled();
        for (InFlightRequest request : table.all()) {
            boolean isUnconfirmed =
                    request.phase() == InFlightPhase.RUNNING && !isConfirmed(request);
            if (!actions.endIfFinished(request) && isUnconfirmed) {
                String holder = missingAt(request);
                boolean isLoss = !engines.isReady(holder);
                actions.retry(request, isLoss, holder, "no engine holds it after the restart");
            }
        }
        submitWaiting();
    }

    private void submitWaiting() {
        for (InFlightRequest request : table.all()) {
            if (request.phase() == InFlightPhase.WAITING && engines.isReady(request.engineId())) {
                actions.submit(request);
            }
        }
    }

    private static boolean isHeldBy(InFlightRequest request, String engineId) {
        return switch (request.phase()) {
            case WAITING -> request.engineId().equals(engineId);
            case RUNNING ->
                    request.unfinished().stream().anyMatch(c -> c.engine().isHeldBy(engineId));
            default -> false;
        };
    }

    /** The engine that held, by the restored state, what no inventory listed. */
    private static String missingAt(InFlightRequest request) {
        return request.unfinished().stream()
                .filter(choice -> !choice.engine().isConfirmed())
                .map(choice -> choice.engine().holder())
                .findFirst()
                .orElse(request.engineId());
    }

    private static boolean isConfirmed(InFlightRequest request) {
        return request.unfinished().stream().allMatch(choice -> choice.engine().isConfirmed());
    }

    private boolean isUnknownEpoch(Refused refused) {
        return refused.getCode() == RefusalCode.STALE_EPOCH && refused.getEpoch() <= run.epoch();
    }
}
