package dev.tropical.simulator;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.cost.StepCostModel;
import dev.tropical.scheduling.cost.StepShape;
import dev.tropical.scheduling.cost.StepTime;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An engine's device: the step that runs on it, when it ends, and which end of a step is the next
 * to be an event.
 */
final class EngineSteps {
    /** Whatever is sampled. */
    static final int TOKEN = 1;

    private final SystemSpec.Hardware hardware;
    private final StepNoise noise;
    private final StepCostModel reportedCost;
    private final EventQueue events;
    private final OwnEvents own;
    private final BatchScheduler scheduler;
    private final Runnable onEnd;
    private @Nullable StepPlan running;
    private long predictedNs;
    private long predictedEndNs;
    private long armedEndNs;
    private long timesArmed;

    /**
     * @param own its events, whose steps are kept here
     * @param scheduler whose steps they are
     * @param onEnd called when a step has ended that repeats no other
     */
    EngineSteps(
            SystemSpec system,
            StepNoise noise,
            EventQueue events,
            OwnEvents own,
            BatchScheduler scheduler,
            Runnable onEnd) {
        this.hardware = system.hardware();
        this.noise = noise;
        this.events = events;
        this.own = own;
        this.scheduler = scheduler;
        this.onEnd = onEnd;
        double factor = system.timing().predictionFactor();
        this.reportedCost = new StepCostModel(StepTime.scaled(hardware.cost(), factor, factor));
    }

    /** What the engine believes its steps to take. */
    StepCostModel reportedCost() {
        return reportedCost;
    }

    boolean isRunning() {
        return running != null;
    }

    /** Until when the device is taken at least. */
    long busyUntilNs() {
        return running == null ? 0 : own.runningEndNs();
    }

    void launch(StepPlan plan, long atNs) {
        run(plan, atNs);
        own.launched(atNs, atNs + durationNs(plan.number(), plan.shape()));
    }

    private void run(StepPlan plan, long launchedNs) {
        running = plan;
        predictedNs = reportedCost.predictNs(plan.shape());
        predictedEndNs = launchedNs + predictedNs;
    }

    private long durationNs(long step, StepShape shape) {
        return Math.round(noise.factor(step) * StepTime.stepNs(hardware.cost(), shape));
    }

    /** The running step has ended, and none runs. */
    StepPlan end() {
        StepPlan ended = Objects.requireNonNull(running);
        running = null;
        own.idle();
        return ended;
    }

    /** From then until the running step's end, as the engine predicts it; 0 when none runs. */
    long predictedRestNs(long nowNs) {
        return running == null ? 0 : Math.max(1, predictedEndNs - nowNs);
    }

    /** Says what a status says of the running step. */
    void report(EngineStatus.Builder status, long nowNs) {
        if (running != null) {
            status.setPredictedStepNs(predictedNs).setPredictedStepEndNs(predictedRestNs(nowNs));
        }
    }

    /**
     * Makes an event of the next end of a step at which something may change: the running one's, or
     * that of the last step that will repeat it.
     *
     * @param isUnattended whether repetitions need be no events
     */
    void arm(boolean isUnattended) {
        if (running == null) {
            return;
        }
        own.forgetRepeats();
        if (isUnattended) {
            foreseeRepeats(running);
        }
        if (own.lastEndNs() != armedEndNs) {
            armedEndNs = own.lastEndNs();
            long armed = ++timesArmed;
            events.at(
                    armedEndNs,
                    own.lastLaunchNs(),
                    own.stepRank(),
                    () -> {
                        if (armed == timesArmed) {
                            onEnd.run();
                        }
                    });
        }
    }

    private void foreseeRepeats(StepPlan plan) {
        int repeats = Math.min(OwnEvents.LONGEST_RUN, scheduler.repeats());
        int decodes = plan.entries().size();
        long context = repeats == 0 ? 0 : plan.shape().decodeContext();
        for (int i = 1; i <= repeats; i++) {
            context += decodes;
            StepShape shape = StepShape.decode(decodes, context);
            own.repeats(own.lastEndNs() + durationNs(plan.number() + i, shape));
        }
    }

    /**
     * The scheduler goes over the steps that were passed.
     *
     * @return the sequences of them all, each with a token a step
     * @throws IllegalStateException when the step that follows takes another time than foreseen
     */
    List<Sequence> settle(int steps) {
        own.settle();
        long launchNs = own.launchNs();
        List<Sequence> sequences = scheduler.commitRepeated(steps, TOKEN, launchNs);
        StepPlan next = scheduler.schedule(launchNs).orElseThrow();
        long endNs = launchNs + durationNs(next.number(), next.shape());
        if (endNs != own.runningEndNs()) {
            throw new IllegalStateException(
                    "step "
                            + next.number()
                            + " ends at "
                            + endNs
                            + " ns (expected: as foreseen, "
                            + own.runningEndNs()
                            + ")");
        }
        run(next, launchNs);
        return sequences;
    }
}
