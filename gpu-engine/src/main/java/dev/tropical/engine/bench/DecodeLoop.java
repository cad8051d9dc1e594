package dev.tropical.engine.bench;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A batch of sequences that decode in step, as the engine's loop drives a runner. */
final class DecodeLoop {
    private static final int PROMPT_TOKENS = 32;
    private static final long STEP_TIMEOUT_NS = 60_000_000_000L;

    private final ModelRunner runner;
    private final int batch;
    private final int blocksPerSequence;
    private int length;
    private long stepNumber;

    /**
     * Binds slots [0, batch) and prefills them; the caller lets {@link #steps} end before another.
     */
    DecodeLoop(ModelRunner runner, int batch) throws InterruptedException {
        this.runner = runner;
        this.batch = batch;
        this.blocksPerSequence = runner.spec().numBlocks() / batch;
        int[] prompt = new int[PROMPT_TOKENS];
        Arrays.setAll(prompt, i -> 1 + i);
        List<StepPlan.Entry> entries = new ArrayList<>();
        for (int slot = 0; slot < batch; slot++) {
            runner.bind(slot, greedy(), prompt, new int[0]);
            entries.add(
                    new StepPlan.Entry(slot, prompt, false, 0, PROMPT_TOKENS, blocks(slot), true));
        }
        run(entries);
        length = PROMPT_TOKENS;
    }

    /** Runs so many steps and returns the seconds that one took. */
    double steps(int count) throws InterruptedException {
        long startNs = System.nanoTime();
        for (int step = 0; step < count; step++, length++) {
            List<StepPlan.Entry> entries = new ArrayList<>();
            for (int slot = 0; slot < batch; slot++) {
                entries.add(
                        new StepPlan.Entry(slot, new int[0], true, length, 1, blocks(slot), true));
            }
            run(entries);
        }
        return (System.nanoTime() - startNs) / 1e9 / count;
    }

    void release() {
        for (int slot = 0; slot < batch; slot++) {
            runner.release(slot);
        }
    }

    private StepResult run(List<StepPlan.Entry> entries) throws InterruptedException {
        runner.launch(new StepPlan(stepNumber++, entries));
        return runner.poll(STEP_TIMEOUT_NS)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "a step did not end within "
                                                + STEP_TIMEOUT_NS
                                                + " ns (expected: seconds at most)"));
    }

    private int[] blocks(int slot) {
        int[] blocks = new int[blocksPerSequence];
        Arrays.setAll(blocks, i -> slot * blocksPerSequence + i);
        return blocks;
    }

    private static SamplingParams greedy() {
        return SamplingParams.newBuilder()
                .setTopP(1)
                .setRepetitionPenalty(1)
                .setLogprobs(-1)
                .setMaxTokens(1)
                .build();
    }
}
