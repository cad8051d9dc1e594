package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Steps of a runner with random prompts; sequence i has slot i and blocks of its own. */
final class CudaSteps {
    private static final long STEP_TIMEOUT_NS = 60_000_000_000L;

    /** Tokens of the prompts that blocks are filled with, at most. */
    private static final int MAX_FILL_TOKENS = 4096;

    private final ModelRunner runner;
    private final Random random = new Random(7);
    private long stepNumber;
    private int blocksPerSlot;
    private int filledBlocks;

    CudaSteps(ModelRunner runner) {
        this.runner = runner;
    }

    /**
     * Binds slots [0, batch) to sequences whose blocks hold a model's keys and values: those of
     * random prompts, computed where no earlier call has filled the blocks.
     *
     * @param maxTokens that a sequence grows to
     */
    void bind(int batch, int maxTokens) throws InterruptedException {
        blocksPerSlot = maxTokens / runner.spec().blockSize() + 1;
        int most = Math.min(runner.spec().maxStepTokens(), runner.spec().maxModelLen());
        int fillTokens = Math.min(MAX_FILL_TOKENS, most);
        int perFill = fillTokens / runner.spec().blockSize();
        while (filledBlocks < batch * blocksPerSlot) {
            int[] table = new int[perFill];
            Arrays.setAll(table, i -> filledBlocks + i);
            prefill(prompt(fillTokens), 0, table);
            filledBlocks += perFill;
        }
        for (int slot = 0; slot < batch; slot++) {
            runner.bind(slot, RunnerHarness.greedy().build(), new int[0], new int[0]);
        }
    }

    void release(int batch) {
        for (int slot = 0; slot < batch; slot++) {
            runner.release(slot);
        }
    }

    /**
     * Decodes all slots in step, two steps in flight.
     *
     * @return seconds a step: wall time of all over their number, and the median on the device
     */
    double[] decode(int batch, int start, int steps) throws InterruptedException {
        double[] device = new double[steps];
        launch(firsts(batch, start));
        long startNs = System.nanoTime();
        for (int step = 0; step < steps; step++) {
            if (step + 1 < steps) {
                launch(continuations(batch, start + step + 1));
            }
            device[step] = await().durationNs() / 1e9;
        }
        double wall = (System.nanoTime() - startNs) / 1e9 / steps;
        Arrays.sort(device);
        return new double[] {wall, device[steps / 2]};
    }

    /**
     * Seconds of one prompt in one step, on the device.
     *
     * @param cached tokens before it whose keys and values are there
     */
    double prefill(int length, int cached) throws InterruptedException {
        int[] table = new int[(cached + length) / runner.spec().blockSize() + 1];
        Arrays.setAll(table, i -> i);
        return prefill(prompt(length), cached, table);
    }

    private double prefill(int[] prompt, int cached, int[] table) throws InterruptedException {
        runner.bind(0, RunnerHarness.greedy().build(), prompt, new int[0]);
        launch(List.of(new StepPlan.Entry(0, prompt, false, cached, prompt.length, table, true)));
        double seconds = await().durationNs() / 1e9;
        runner.release(0);
        return seconds;
    }

    /** Each slot's first token is given, as nothing was drawn for it yet. */
    private List<StepPlan.Entry> firsts(int batch, int start) {
        List<StepPlan.Entry> entries = new ArrayList<>(batch);
        for (int slot = 0; slot < batch; slot++) {
            entries.add(new StepPlan.Entry(slot, prompt(1), false, start, 1, blocks(slot), true));
        }
        return entries;
    }

    private List<StepPlan.Entry> continuations(int batch, int start) {
        List<StepPlan.Entry> entries = new ArrayList<>(batch);
        for (int slot = 0; slot < batch; slot++) {
            entries.add(new StepPlan.Entry(slot, new int[0], true, start, 1, blocks(slot), true));
        }
        return entries;
    }

    private void launch(List<StepPlan.Entry> entries) {
        runner.launch(new StepPlan(stepNumber++, entries));
    }

    private StepResult await() throws InterruptedException {
        return runner.poll(STEP_TIMEOUT_NS)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "a step did not end within "
                                                + STEP_TIMEOUT_NS
                                                + " ns (expected: seconds at most)"));
    }

    private int[] prompt(int length) {
        return random.ints(length, 0, runner.spec().vocabSize()).toArray();
    }

    private int[] blocks(int slot) {
        int[] blocks = new int[blocksPerSlot];
        Arrays.setAll(blocks, i -> slot * blocksPerSlot + i);
        return blocks;
    }
}
