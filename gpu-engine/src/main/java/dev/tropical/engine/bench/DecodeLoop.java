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

    /** Room for the prompt and 96 tokens. */
    private static final int MAX_TOKENS = 128;

    private final ModelRunner runner;
    private final int firstSlot;
    private final int batch;
    private int length;
    private long stepNumber;

    /** Binds slots [firstSlot, firstSlot + batch) and prefills them. */
    DecodeLoop(ModelRunner runner, int firstSlot, int batch) throws InterruptedException {
        this.runner = runner;
        this.firstSlot = firstSlot;
        this.batch = batch;
        int[] prompt = new int[PROMPT_TOKENS];
        Arrays.setAll(prompt, i -> 1 + i);
        List<StepPlan.Entry> entries = new ArrayList<>();
        for (int slot = firstSlot; slot < firstSlot + batch; slot++) {
            runner.bind(slot, greedy(), prompt, new int[0]);
            entries.add(
                    new StepPlan.Entry(slot, prompt, false, 0, PROMPT_TOKENS, blocks(slot), true));
        }
        run(entries);
        length = PROMPT_TOKENS;
    }

    /** Runs one step and returns the seconds that it took. */
    double stepSeconds() throws InterruptedException {
        List<StepPlan.Entry> entries = new ArrayList<>();
        for (int slot = firstSlot; slot < firstSlot + batch; slot++) {
            entries.add(new StepPlan.Entry(slot, new int[0], true, length, 1, blocks(slot), true));
        }
        long startNs = System.nanoTime();
        run(entries);
        length++;
        return (System.nanoTime() - startNs) / 1e9;
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
        int count = MAX_TOKENS / runner.spec().blockSize();
        int[] blocks = new int[count];
        Arrays.setAll(blocks, i -> slot * count + i);
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
