package dev.tropical.engine.cpu;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.model.PlanChecks;
import dev.tropical.engine.sampling.PromptScorer;
import dev.tropical.engine.sampling.SequenceSampler;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps on a thread of its own, the device thread, in the order in which they were launched.
 * Slots and activations belong to that thread; the loop thread hands it work through the executor's
 * queue and takes results from {@link #results}.
 */
final class CpuModelRunner implements ModelRunner {
    private static final int MAX_STEPS_IN_FLIGHT = 2;
    private static final long CLOSE_TIMEOUT_S = 10;

    /** A step's result, or what ended it. */
    private record Outcome(@Nullable StepResult result, @Nullable Throwable failure) {}

    private final ModelSpec spec;
    private final KvPool pool;
    private final WorkerPool workers;
    private final StepRunner steps;
    private final ExecutorService device =
            Executors.newSingleThreadExecutor(
                    task -> {
                        Thread thread = new Thread(task, "cpu-device");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final BlockingQueue<Outcome> results = new LinkedBlockingQueue<>();

    /** Of the loop thread. */
    private final boolean[] isBound;

    /** Of the loop thread. */
    private int inFlight;

    CpuModelRunner(ModelSpec spec, Transformer transformer, KvPool pool, WorkerPool workers) {
        this.spec = spec;
        this.pool = pool;
        this.workers = workers;
        this.steps = new StepRunner(spec, transformer, workers);
        this.isBound = new boolean[spec.maxNumSeqs()];
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public boolean scoresPrompts() {
        return true;
    }

    @Override
    public void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated) {
        if (slot < 0 || slot >= isBound.length || isBound[slot]) {
            throw new IllegalArgumentException(
                    "slot " + slot + " (expected: free and in [0, " + isBound.length + "))");
        }
        isBound[slot] = true;
        SequenceSampler sampler =
                new SequenceSampler(sampling, prompt, generated, spec.vocabSize());
        boolean isScored = sampling.hasPromptLogprobs() && generated.length == 0;
        PromptScorer scorer =
                isScored ? new PromptScorer(sampling, prompt, spec.vocabSize()) : null;
        device.execute(() -> steps.bind(slot, sampler, scorer));
    }

    @Override
    public void release(int slot) {
        if (slot < 0 || slot >= isBound.length || !isBound[slot]) {
            throw new IllegalArgumentException("slot " + slot + " (expected: bound)");
        }
        isBound[slot] = false;
        device.execute(() -> steps.release(slot));
    }

    @Override
    public void launch(StepPlan plan) {
        if (inFlight == MAX_STEPS_IN_FLIGHT) {
            throw new IllegalStateException(
                    "step " + plan.number() + ": " + inFlight + " in flight (expected: at most 1)");
        }
        PlanChecks.check(plan, spec, slot -> slot < isBound.length && isBound[slot]);
        inFlight++;
        device.execute(
                () -> {
                    try {
                        results.add(new Outcome(steps.run(plan), null));
                    } catch (Throwable e) {
                        // The loop thread rethrows it from poll.
                        results.add(new Outcome(null, e));
                    }
                });
    }

    @Override
    public Optional<StepResult> poll(long timeoutNs) throws InterruptedException {
        if (inFlight == 0) {
            throw new IllegalStateException("no step in flight (expected: one or two)");
        }
        Outcome outcome = results.poll(timeoutNs, TimeUnit.NANOSECONDS);
        if (outcome == null) {
            return Optional.empty();
        }
        inFlight--;
        if (outcome.failure != null) {
            throw new IllegalStateException("step failed: " + outcome.failure, outcome.failure);
        }
        return Optional.ofNullable(outcome.result);
    }

    @Override
    public void readBlock(int block, int offset, ByteBuffer out) {
        pool.read(block, offset, out);
    }

    @Override
    public void writeBlock(int block, int offset, ByteBuffer in) {
        pool.write(block, offset, in);
    }

    /** Waits for the step that runs, forgets the one that waits, and ends all threads. */
    @Override
    public void close() {
        device.shutdownNow();
        try {
            device.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.close();
    }
}
