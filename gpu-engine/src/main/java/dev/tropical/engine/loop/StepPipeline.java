package dev.tropical.engine.loop;

import dev.tropical.engine.metrics.EngineMetrics;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.Outcome;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import dev.tropical.scheduling.cost.StepShape;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * Steps between the scheduler and the runner. With depth 1 a step is planned when the one before
 * has been committed (the plain loop); with depth 2 step n + 1 is planned and launched while step n
 * runs (the overlapped loop), so that the device never waits for the host. Both give the same
 * tokens. Loop thread.
 */
final class StepPipeline {
    /**
     * How long before a step's predicted end the next one is planned: later than that the device
     * might wait, earlier a new prompt would wait a whole step longer for its place in a plan.
     */
    private static final long LEAD_NS = 3_000_000;

    private record Launched(StepShape shape, long predictedNs) {}

    private final BatchScheduler scheduler;
    private final ModelRunner runner;
    private final StepCosts costs;
    private final EngineMetrics metrics;
    private final int depth;
    private final Queue<Launched> inFlight = new ArrayDeque<>();
    private long startedNs;

    StepPipeline(
            BatchScheduler scheduler,
            ModelRunner runner,
            StepCosts costs,
            EngineMetrics metrics,
            int depth) {
        this.scheduler = scheduler;
        this.runner = runner;
        this.costs = costs;
        this.metrics = metrics;
        this.depth = depth;
    }

    /** Plans and launches while there is room and work; returns the number of steps launched. */
    int launch(long nowNs) {
        int launched = 0;
        while (inFlight.size() < depth && !isEarly(nowNs)) {
            Optional<StepPlan> plan = scheduler.schedule(nowNs);
            if (plan.isEmpty()) {
                break;
            }
            StepShape shape = plan.get().shape();
            if (inFlight.isEmpty()) {
                startedNs = nowNs;
            }
            inFlight.add(new Launched(shape, costs.predictNs(shape)));
            runner.launch(plan.get());
            launched++;
        }
        return launched;
    }

    /**
     * The oldest step's tokens, when it is done within {@code timeoutNs}; empty when not.
     *
     * @param clock read after the wait
     */
    Optional<List<Outcome>> commit(long timeoutNs, java.util.function.LongSupplier clock)
            throws InterruptedException {
        if (inFlight.isEmpty()) {
            return Optional.empty();
        }
        Optional<StepResult> result = runner.poll(timeoutNs);
        if (result.isEmpty()) {
            return Optional.empty();
        }
        observe(inFlight.remove(), result.get().durationNs());
        startedNs = clock.getAsLong();
        return Optional.of(scheduler.commit(result.get(), startedNs));
    }

    private void observe(Launched step, long durationNs) {
        metrics.step(step.shape(), step.predictedNs(), durationNs);
        costs.observe(step.shape(), durationNs);
    }

    /**
     * Whether the running step is predicted to go on for long enough to plan the next one later.
     */
    private boolean isEarly(long nowNs) {
        Launched running = inFlight.peek();
        return running != null && startedNs + running.predictedNs() - nowNs > LEAD_NS;
    }

    boolean isRunning() {
        return !inFlight.isEmpty();
    }

    /** Of the running step; 0 when idle. */
    long predictedNs() {
        Launched running = inFlight.peek();
        return running == null ? 0 : running.predictedNs();
    }

    /** From now until the running step is predicted to end; 0 when idle, 1 when overdue. */
    long predictedEndNs(long nowNs) {
        Launched running = inFlight.peek();
        return running == null ? 0 : Math.max(1, startedNs + running.predictedNs() - nowNs);
    }

    /** From now until the last step in flight is predicted to end; 0 when idle. */
    long lastStepEndNs(long nowNs) {
        long endNs = predictedEndNs(nowNs);
        for (Launched step : inFlight) {
            endNs += step.predictedNs();
        }
        return endNs - predictedNs();
    }

    /** From now until a sequence's first token, as predicted; negative when it has come. */
    long firstTokenInNs(Sequence sequence, long nowNs) {
        return scheduler.predictFirstTokenNs(sequence, costs.model(), lastStepEndNs(nowNs), nowNs);
    }
}
