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
import dev.tropical.scheduling.cost.StepCostModel;
import dev.tropical.scheduling.cost.StepShape;
import dev.tropical.scheduling.cost.StepTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * An engine whose device is a cost model: the real scheduler and block pool, one step after the
 * other, each ending after the time that the model says.
 */
final class SimulatedEngine implements SlotBinder {
    /** What the rest of the cell does about an engine's events. */
    interface Listener {
        /** Snapshots of it read differently now. */
        void changed(SimulatedEngine engine);

        /** A prefill that will decode elsewhere begins. */
        void prefillStarts(SimulatedEngine engine, Sequence sequence);

        /** It is done, and the sequence parked. */
        void parked(SimulatedEngine engine, Sequence sequence);

        /** A sequence has ended here. */
        void ended(SimulatedEngine engine, Sequence sequence);

        /** A step has been committed. */
        void stepped(SimulatedEngine engine);
    }

    private static final int CELL = 0;

    private final EngineInfo info;
    private final SystemSpec system;
    private final SystemSpec.Hardware hardware;
    private final SystemSpec.Timing timing;
    private final EventQueue events;
    private final RequestLog log;
    private final Random noise;
    private final Listener listener;
    private final BlockPool pool;
    private final BatchScheduler scheduler;
    private final StepCostModel reportedCost;
    private final Map<String, Sequence> residents = new LinkedHashMap<>();
    private final List<Sequence> startedForPeer = new ArrayList<>();
    private Role role;
    private boolean isStepping;
    private long stepEndNs;
    private long stalledUntilNs;
    private long predictedEndNs;
    private long predictedStepNs;
    private long appliedSeq;
    private long statuses;

    SimulatedEngine(
            EngineInfo info,
            SystemSpec system,
            EventQueue events,
            RequestLog log,
            Random noise,
            Listener listener) {
        this.info = info;
        this.role = info.getRole();
        this.system = system;
        this.hardware = system.hardware();
        this.timing = system.timing();
        this.events = events;
        this.log = log;
        this.noise = noise;
        this.listener = listener;
        this.pool = new BlockPool(hardware.numBlocks(), hardware.blockSize(), null);
        this.scheduler = new BatchScheduler(limits(), pool, this);
        this.reportedCost =
                new StepCostModel(
                        StepTime.scaled(
                                hardware.cost(),
                                timing.predictionFactor(),
                                timing.predictionFactor()));
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

    BatchScheduler scheduler() {
        return scheduler;
    }

    /** Unfinished sequences that are here, in the order in which they came. */
    Collection<Sequence> residents() {
        return residents.values();
    }

    // ---- what comes in

    /** Another role from the next step on; what it holds stays with it. */
    void become(Role next) {
        role = next;
        scheduler.configure(limits());
        advance();
    }

    void submit(Submit submit) {
        appliedSeq = Math.max(appliedSeq, submit.getSeq());
        Sequence sequence = new Sequence(submit, events.nowNs());
        scheduler.add(sequence);
        residents.put(submit.getKey().getRequestId(), sequence);
        advance();
    }

    /** A sequence came with its KV, or left: what that allows is done now. */
    void moved(Sequence sequence, boolean isHere) {
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
        long freeNs = Math.max(events.nowNs(), isStepping ? stepEndNs : 0);
        stalledUntilNs = Math.max(freeNs, stalledUntilNs) + durationNs;
        events.at(stalledUntilNs, this::advance);
        return stalledUntilNs;
    }

    /** Launches the next step if none runs, and tells the router. */
    void advance() {
        if (!isStepping && events.nowNs() >= stalledUntilNs) {
            scheduler.schedule(events.nowNs()).ifPresent(this::launch);
        }
        for (Sequence sequence : startedForPeer) {
            listener.prefillStarts(this, sequence);
        }
        startedForPeer.clear();
        listener.changed(this);
    }

    // ---- steps

    private void launch(StepPlan plan) {
        isStepping = true;
        StepShape shape = plan.shape();
        double factor = Math.max(0.1, 1 + timing.stepNoise() * noise.nextGaussian());
        long durationNs = Math.round(factor * StepTime.stepNs(hardware.cost(), shape));
        predictedStepNs = reportedCost.predictNs(shape);
        predictedEndNs = events.nowNs() + predictedStepNs;
        stepEndNs = events.nowNs() + durationNs;
        events.at(stepEndNs, () -> commit(plan, durationNs));
    }

    private void commit(StepPlan plan, long durationNs) {
        isStepping = false;
        int[] tokens = new int[plan.entries().size()];
        Arrays.setAll(tokens, i -> plan.entries().get(i).isSampled() ? 1 : -1);
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
        advance();
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

    EngineStatus status() {
        long nowNs = events.nowNs();
        EngineStatus.Builder status =
                EngineStatus.newBuilder()
                        .setEngineId(info.getEngineId())
                        .setIncarnation(info.getIncarnation())
                        .setNumber(++statuses)
                        .setRole(role)
                        .setReady(true)
                        .putAppliedSeq(CELL, appliedSeq);
        long stepEndNs = predictedEndNs(nowNs);
        if (isStepping) {
            status.setPredictedStepNs(predictedStepNs).setPredictedStepEndNs(stepEndNs);
        }
        scheduler.report(status, reportedCost, stepEndNs, nowNs);
        return status.build();
    }

    private long predictedEndNs(long nowNs) {
        return isStepping ? Math.max(1, predictedEndNs - nowNs) : 0;
    }

    /** From now until a running sequence's first token, as the engine predicts it. */
    long firstTokenInNs(Sequence sequence) {
        long nowNs = events.nowNs();
        return scheduler.predictFirstTokenNs(sequence, reportedCost, predictedEndNs(nowNs), nowNs);
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
