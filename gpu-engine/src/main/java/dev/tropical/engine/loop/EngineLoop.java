package dev.tropical.engine.loop;

import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Inbound;
import dev.tropical.engine.io.Progress;
import dev.tropical.engine.metrics.EngineMetrics;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SetLimits;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.BlockPool;
import dev.tropical.scheduling.batch.Outcome;
import dev.tropical.scheduling.batch.Sequence;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop thread's duty cycle: apply what commands have come, commit the step that is done, launch
 * the next, hand the events over, publish a snapshot if one is due. Each part is bounded; the loop
 * waits only for the running step (in turns of a quarter of a millisecond, so that commands are
 * read meanwhile) or, when nothing runs, for a command.
 */
public final class EngineLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);

    /** How long a command may lie unread while a step runs. */
    private static final long STEP_TURN_NS = 250_000;

    /** How long an idle loop sleeps without a command: the grain of its deadlines. */
    private static final long IDLE_TURN_NS = 50_000_000;

    /** How long the loop waits for credits while KV frames wait to be sent. */
    private static final long SENDING_TURN_NS = 200_000;

    private static final long HOUSEKEEPING_NS = 1_000_000_000;

    private final EnginePort port;
    private final Progress progress;
    private final EngineMetrics metrics;
    private final LongSupplier clock;
    private final LoopOptions options;
    private final RunnerSlots slots;
    private final BatchScheduler scheduler;
    private final StepPipeline steps;
    private final SequenceStore store;
    private final EventOutbox outbox;
    private final LaneEvents events;
    private final Redelivery redelivery;
    private final StatusReporter status;
    private final CommandHandler commands;
    private final Migrations migrations;
    private final int maxStepTokens;
    private RoleLimits limits;
    private long housekeepingNs;
    private boolean isQuiet;
    private boolean isUnchecked;
    private volatile boolean isStopping;

    /**
     * @param runner closed by the caller after {@link #run} has returned
     * @param pool blocks of the runner's KV pool, for this loop alone
     * @param clock nanoseconds, as {@link System#nanoTime}
     */
    public EngineLoop(
            EngineInfo self,
            EnginePort port,
            ModelRunner runner,
            BlockPool pool,
            LoopConfig config,
            Vitals vitals,
            LongSupplier clock) {
        this.port = port;
        this.progress = vitals.progress();
        this.metrics = vitals.metrics();
        this.clock = clock;
        this.options = config.loop();
        this.limits = config.limits();
        this.maxStepTokens = runner.spec().maxStepTokens();
        this.slots = new RunnerSlots(runner);
        this.scheduler = new BatchScheduler(limits.of(self.getRole()), pool, slots);
        StepCosts costs = new StepCosts(config.cost());
        int depth = options.isOverlapped() ? 2 : 1;
        this.steps = new StepPipeline(scheduler, runner, costs, metrics, depth);
        this.store = new SequenceStore(options);
        LaneEpochs lanes = new LaneEpochs();
        this.outbox =
                new EventOutbox(
                        port,
                        self.getEngineId(),
                        self.getIncarnation(),
                        options.tokenPause().toNanos());
        this.events = new LaneEvents(lanes, outbox);
        this.redelivery = new Redelivery(store, lanes, events, options);
        this.status = new StatusReporter(self, port, scheduler, steps, costs, vitals, options);
        Admission admission =
                new Admission(lanes, store, events, scheduler, status, runner, options);
        this.commands = new CommandHandler(lanes, store, events, admission, this::cancelled);
        this.migrations =
                new Migrations(
                        self,
                        port,
                        scheduler,
                        runner,
                        new Migrations.LoopState(store, lanes, events, steps),
                        config.transfer());
    }

    /** Ends {@link #run} within a turn. Any thread. */
    public void stop() {
        isStopping = true;
    }

    @Override
    public void run() {
        try {
            while (!isStopping) {
                turn();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        outbox.flush(clock.getAsLong(), false, dropped -> LOG.debug("not sent: {}", dropped));
        status.publish(clock.getAsLong(), false);
    }

    /**
     * For tests.
     *
     * @throws IllegalStateException when blocks, slots or states disagree
     */
    void checkIntegrity() {
        scheduler.checkIntegrity();
    }

    /** One duty cycle. */
    void turn() throws InterruptedException {
        int work = readCommands();
        long nowNs = clock.getAsLong();
        int moved = migrations.turn(nowNs);
        if (moved > 0) {
            status.changed();
        }
        work += moved;
        work += launch(nowNs);
        work += commit(work > 0 ? 0 : stepTurnNs());
        nowNs = clock.getAsLong();
        redelivery.turn(nowNs);
        outbox.flush(
                nowNs,
                steps.isRunning(),
                dropped -> redelivery.dropped(dropped, clock.getAsLong()));
        status.publishIfDue(nowNs);
        isQuiet = work == 0 && !steps.isRunning();
        if (nowNs - housekeepingNs >= HOUSEKEEPING_NS) {
            housekeepingNs = nowNs;
            store.expire(nowNs);
            checkWhenIdle();
        }
    }

    /** An engine with nothing to do counts its blocks: what is lost now would be missed later. */
    private void checkWhenIdle() {
        if (isUnchecked && scheduler.isIdle()) {
            isUnchecked = false;
            scheduler.checkIntegrity();
        }
    }

    private long stepTurnNs() {
        return migrations.isSending() ? SENDING_TURN_NS : STEP_TURN_NS;
    }

    private int readCommands() throws InterruptedException {
        long atMostNs = migrations.isSending() ? SENDING_TURN_NS : IDLE_TURN_NS;
        long waitNs = isQuiet ? status.untilDueNs(clock.getAsLong(), atMostNs) : 0;
        int count = 0;
        Optional<Inbound> message = port.receive(waitNs);
        while (message.isPresent()) {
            apply(message.get(), clock.getAsLong());
            count++;
            message = count < options.maxCommandsPerCycle() ? port.receive(0) : Optional.empty();
        }
        return count;
    }

    private void apply(Inbound message, long nowNs) {
        if (message instanceof Inbound.Command command) {
            apply(command, nowNs);
            status.changed();
        } else if (message instanceof Inbound.PeerAnswer answer) {
            migrations.answer(answer, nowNs);
            status.changed();
        } else if (message instanceof Inbound.PeerStatus peer) {
            migrations.peerStatus(peer.status(), nowNs);
        } else if (message instanceof Inbound.Undelivered undelivered) {
            redelivery.dropped(undelivered.dropped(), nowNs);
        }
    }

    private void apply(Inbound.Command command, long nowNs) {
        switch (command.command().getBodyCase()) {
            case SET_ROLE -> setRole(command.command().getSetRole().getRole());
            case SET_LIMITS -> setLimits(command.command().getSetLimits());
            case MEMBERS -> migrations.members(command.command().getMembers());
            default -> {
                boolean isApplied =
                        commands.handle(command.connection(), command.command(), nowNs)
                                || migrations.handle(command, nowNs);
                if (!isApplied) {
                    LOG.debug("ignored {}", command.command().getBodyCase());
                }
            }
        }
    }

    /** Other limits from the next step on; what the engine holds stays. */
    private void setRole(Role role) {
        if (role != Role.PREFILL && role != Role.DECODE) {
            LOG.warn("ignored role {} (expected: PREFILL or DECODE)", role);
            return;
        }
        LOG.info("role: {} -> {}", status.role(), role);
        scheduler.configure(limits.of(role));
        status.role(role);
    }

    private void setLimits(SetLimits wanted) {
        try {
            limits = limits.with(wanted, maxStepTokens);
        } catch (IllegalArgumentException e) {
            LOG.warn("ignored other limits: {}", e.getMessage());
            return;
        }
        LOG.info("limits: {}", limits);
        scheduler.configure(limits.of(status.role()));
    }

    private int launch(long nowNs) {
        int launched = steps.launch(nowNs);
        slots.takeStarted().forEach(sequence -> begin(sequence, nowNs));
        if (launched > 0) {
            isUnchecked = true;
            progress.advanced(nowNs);
        }
        return launched;
    }

    private void begin(Sequence sequence, long nowNs) {
        status.changed();
        store.find(sequence.key()).ifPresent(events::begun);
        if (sequence.isForPeer()) {
            migrations.prefillStarts(sequence, nowNs);
        }
    }

    /** Commits what is done and launches at once what can run next, before anything is sent. */
    private int commit(long waitNs) throws InterruptedException {
        Optional<List<Outcome>> outcomes = steps.commit(waitNs, clock);
        if (outcomes.isEmpty()) {
            return 0;
        }
        long nowNs = clock.getAsLong();
        progress.advanced(nowNs);
        for (Outcome outcome : outcomes.get()) {
            deliver(outcome, nowNs);
        }
        status.stepped(nowNs);
        launch(nowNs);
        if (!steps.isRunning()) {
            progress.idle();
        }
        return 1;
    }

    private void deliver(Outcome outcome, long nowNs) {
        Holding holding =
                store.find(outcome.sequence().key())
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "a token of a sequence that is not held: "
                                                        + outcome.sequence().key()));
        holding.add(outcome, nowNs);
        count(outcome, nowNs);
        if (outcome.isFinished()) {
            migrations.sequenceEnds(holding.key());
        }
        if (outcome.isFinished() || outcome.sequence().generatedTokens() == 1) {
            status.changed();
        }
        events.token(holding, outcome);
    }

    private void count(Outcome outcome, long nowNs) {
        Sequence sequence = outcome.sequence();
        if (sequence.generatedTokens() == 1) {
            metrics.firstToken(sequence.ageNs(nowNs));
        }
        if (outcome.isFinished()) {
            metrics.finished(sequence.finish(), sequence.timings(), sequence.generatedTokens());
        }
    }

    private void cancelled(List<Holding> ended) {
        for (Holding holding : ended) {
            migrations.sequenceEnds(holding.key());
            scheduler.cancel(holding.key());
        }
        migrations.cancelArrivals();
    }
}
