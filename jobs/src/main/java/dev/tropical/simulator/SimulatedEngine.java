package dev.tropical.simulator;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.scheduling.batch.BatchConfig;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.BlockPool;
import dev.tropical.scheduling.batch.Outcome;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.SequenceState;
import dev.tropical.scheduling.batch.SlotBinder;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An engine whose device is a cost model: the real scheduler and block pool, one step after the
 * other, each ending after the time that the model says.
 *
 * <p>It advances from event to event. In between lie {@link OwnEvents}: whoever looks at it or
 * changes it catches up on them first, {@link #catchUp}, and who only reads what the router knows
 * of it, {@link #report}, on those that the router has heard of. After a change {@link
 * EngineSteps#arm} says anew which end of a step is the next to be an event. With {@link
 * Stepping#EACH} each is.
 */
final class SimulatedEngine implements SlotBinder {
    private static final int CELL = 0;

    private final EngineInfo info;
    private final SystemSpec system;
    private final Stepping stepping;
    private final EventQueue events;
    private final OwnEvents own;
    private final EngineSteps steps;
    private final RequestLog log;
    private final EngineListener listener;
    private final BlockPool pool;
    private final BatchScheduler scheduler;
    private final Map<String, Sequence> residents = new LinkedHashMap<>();
    private final List<Sequence> startedForPeer = new ArrayList<>();
    private Role role;
    private long stalledUntilNs;
    private long appliedSeq;
    private long statuses;

    /**
     * @param number of this engine in its cell
     * @param run that it is part of
     */
    SimulatedEngine(
            EngineInfo info, int number, SystemSpec system, Run run, EngineListener listener) {
        this.info = info;
        this.role = info.getRole();
        this.system = system;
        this.stepping = run.stepping();
        this.events = run.events();
        this.own = new OwnEvents(events, number);
        this.log = run.log();
        this.listener = listener;
        SystemSpec.Hardware hardware = system.hardware();
        this.pool = new BlockPool(hardware.numBlocks(), hardware.blockSize(), null);
        this.scheduler = new BatchScheduler(limits(), pool, this);
        StepNoise noise = StepNoise.of(system.timing().stepNoise(), run.seed(), number);
        this.steps = new EngineSteps(system, noise, events, own, scheduler, this::commit);
    }

    /**
     * What all engines of a simulation share.
     *
     * @param events virtual time
     * @param log of the requests
     * @param seed of the steps' noise
     * @param stepping how decodes pass time
     */
    record Run(EventQueue events, RequestLog log, long seed, Stepping stepping) {}

    /** From now on it is there, and says so. */
    void start() {
        send(events.nowNs(), EventQueue.SHARED);
        if (!isUnattended() || listener.isHeartbeatNoticed()) {
            armHeartbeat();
        }
    }

    private BatchConfig limits() {
        return (role == Role.PREFILL ? system.prefill() : system.decode()).limits();
    }

    EngineInfo info() {
        return info;
    }

    Role role() {
        return role;
    }

    /** As it is now. */
    BatchScheduler scheduler() {
        catchUp();
        return scheduler;
    }

    /** Unfinished sequences that are here, in the order in which they came. */
    Collection<Sequence> residents() {
        return residents.values();
    }

    // ---- what comes in

    /** Another role from the next step on; what it holds stays with it. */
    void become(Role next) {
        catchUp();
        role = next;
        scheduler.configure(limits());
        advance();
    }

    void submit(Submit submit) {
        catchUp();
        appliedSeq = Math.max(appliedSeq, submit.getSeq());
        Sequence sequence = new Sequence(submit, events.nowNs());
        scheduler.add(sequence);
        residents.put(submit.getKey().getRequestId(), sequence);
        advance();
    }

    /** A sequence came with its KV, or left: what that allows is done now. */
    void moved(Sequence sequence, boolean isHere) {
        catchUp();
        if (isHere) {
            residents.put(sequence.key().getRequestId(), sequence);
        } else {
            residents.remove(sequence.key().getRequestId());
        }
        advance();
    }

    /**
     * Something else takes the device for so long, after the running step and what took it before.
     *
     * @return when that ends
     */
    long stall(long durationNs) {
        catchUp();
        long freeNs = Math.max(events.nowNs(), steps.busyUntilNs());
        stalledUntilNs = Math.max(freeNs, stalledUntilNs) + durationNs;
        events.at(stalledUntilNs, this::advance);
        arm();
        return stalledUntilNs;
    }

    /** Launches the next step if none runs, and tells the router. */
    void advance() {
        catchUp();
        advance(EventQueue.SHARED);
    }

    private void advance(int statusRank) {
        long nowNs = events.nowNs();
        if (!steps.isRunning() && nowNs >= stalledUntilNs) {
            scheduler.schedule(nowNs).ifPresent(plan -> steps.launch(plan, nowNs));
        }
        for (Sequence sequence : startedForPeer) {
            listener.prefillStarts(this, sequence);
        }
        startedForPeer.clear();
        send(nowNs, statusRank);
        arm();
    }

    // ---- steps

    private void commit() {
        catchUp();
        long durationNs = events.nowNs() - own.launchNs();
        StepPlan plan = steps.end();
        int[] tokens = new int[plan.entries().size()];
        Arrays.setAll(tokens, i -> plan.entries().get(i).isSampled() ? EngineSteps.TOKEN : -1);
        StepResult result = new StepResult(plan.number(), tokens, List.of(), durationNs);
        for (Outcome outcome : scheduler.commit(result, events.nowNs())) {
            Sequence sequence = outcome.sequence();
            String id = sequence.key().getRequestId();
            log.token(id, events.nowNs(), outcome.isFinished());
            if (outcome.isFinished()) {
                residents.remove(id);
                listener.ended(this, sequence);
            } else if (sequence.state() == SequenceState.PARKED) {
                listener.parked(this, sequence);
            }
        }
        listener.stepped(this);
        advance(own.stepStatusRank());
    }

    // ---- time that passes without events

    private boolean isUnattended() {
        return stepping == Stepping.RUNS && system.timing().messageNs() > 0 && listener.isQuiet();
    }

    /** From now on its steps and heartbeats are events: somebody waits for its statuses. */
    void attend() {
        catchUp();
        if (!own.isHeartbeatAnEvent()) {
            armHeartbeat();
        }
        arm();
    }

    private void arm() {
        steps.arm(isUnattended() && stalledUntilNs <= steps.busyUntilNs());
    }

    private void armHeartbeat() {
        own.heartbeatIsAnEvent();
        events.at(own.heartbeatNs(), own.heartbeatNs(), own.heartbeatRank(), this::heartbeat);
    }

    private void heartbeat() {
        catchUp();
        own.heartbeatWas();
        send(events.nowNs(), own.heartbeatStatusRank());
        listener.heartbeat();
        if (!isUnattended() || listener.isHeartbeatNoticed()) {
            armHeartbeat();
        }
    }

    /** Does what it has done by itself before the running event; statuses may be under way. */
    void catchUp() {
        report();
        while (own.pass()) {
            settle();
            send(own.lastPassedNs(), own.lastStatusRank());
        }
    }

    /** Tells the router the newest that it has heard by now. */
    void report() {
        long messageNs = system.timing().messageNs();
        boolean hasNews = false;
        while (own.passReported(messageNs)) {
            hasNews = true;
        }
        if (hasNews) {
            settle();
            listener.came(status(own.lastPassedNs()), own.lastPassedNs() + messageNs);
        }
    }

    private void settle() {
        int passed = own.passedSteps();
        if (passed > 0) {
            for (Sequence sequence : steps.settle(passed)) {
                log.tokens(sequence.key().getRequestId(), passed);
            }
        }
    }

    @Override
    public void bind(Sequence sequence) {
        if (!sequence.hasFirstToken()) {
            log.started(sequence.key().getRequestId(), events.nowNs());
        }
        if (sequence.isForPeer()) {
            startedForPeer.add(sequence);
        }
    }

    @Override
    public void release(int slot) {
        // Nothing on a device to let go of.
    }

    // ---- what it says

    /** Tells the router how it stands at {@code atNs}, the last instant that it has gone over. */
    private void send(long atNs, int rank) {
        listener.sent(status(atNs), atNs, rank);
    }

    private EngineStatus status(long nowNs) {
        EngineStatus.Builder status =
                EngineStatus.newBuilder()
                        .setEngineId(info.getEngineId())
                        .setIncarnation(info.getIncarnation())
                        .setNumber(++statuses)
                        .setRole(role)
                        .setReady(true)
                        .putAppliedSeq(CELL, appliedSeq);
        steps.report(status, nowNs);
        scheduler.report(status, steps.reportedCost(), steps.predictedRestNs(nowNs), nowNs);
        return status.build();
    }

    /** From now until a running sequence's first token, as the engine predicts it. */
    long firstTokenInNs(Sequence sequence) {
        catchUp();
        long nowNs = events.nowNs();
        return scheduler.predictFirstTokenNs(
                sequence, steps.reportedCost(), steps.predictedRestNs(nowNs), nowNs);
    }

    /** Prompts here that have no token yet. */
    int unfinishedPrefills() {
        int count = 0;
        for (Sequence sequence : residents.values()) {
            count += sequence.hasFirstToken() ? 0 : 1;
        }
        return count;
    }

    Optional<Sequence> resident(String id) {
        return Optional.ofNullable(residents.get(id));
    }

    /**
     * @throws IllegalStateException when blocks, slots or states disagree
     */
    void checkIntegrity() {
        scheduler.checkIntegrity();
        if (pool.free() + pool.used() != pool.total()) {
            throw new IllegalStateException(
                    info.getEngineId()
                            + ": blocks "
                            + pool.free()
                            + " free + "
                            + pool.used()
                            + " used (expected: "
                            + pool.total()
                            + ")");
        }
    }
}
