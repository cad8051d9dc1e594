package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.RunnerOptions;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Drives a runner as the engine's loop does; each slot has blocks of its own, in falling order. */
final class RunnerHarness implements AutoCloseable {
    static final int MAX_SEQS = 40;
    static final int BLOCK_SIZE = 4;
    static final int MAX_LEN = 256;
    private static final int BLOCKS_PER_SLOT = MAX_LEN / BLOCK_SIZE;
    private static final int[] NONE = {};

    final ModelRunner runner;
    private long stepNumber;

    RunnerHarness(Path folder, boolean isDummy) throws Exception {
        this(folder, isDummy, 1);
    }

    /**
     * @param ranks GPUs that share the model
     */
    RunnerHarness(Path folder, boolean isDummy, int ranks) throws Exception {
        this(folder, isDummy, DType.BF16, ranks);
    }

    RunnerHarness(Path folder, boolean isDummy, DType type) throws Exception {
        this(folder, isDummy, type, 1);
    }

    private RunnerHarness(Path folder, boolean isDummy, DType type, int ranks) throws Exception {
        RunnerOptions limits =
                new RunnerOptions(
                        isDummy ? LoadFormat.DUMMY : LoadFormat.AUTO,
                        MAX_LEN,
                        BLOCK_SIZE,
                        MAX_SEQS * BLOCKS_PER_SLOT,
                        0,
                        0.9,
                        MAX_SEQS,
                        512);
        CudaOptions options = new CudaOptions(limits, type, 0, ranks, GpuTests.KERNELS);
        runner = CudaBackend.load(folder, options);
    }

    static SamplingParams.Builder greedy() {
        return SamplingParams.newBuilder()
                .setTopP(1)
                .setRepetitionPenalty(1)
                .setLogprobs(-1)
                .setMaxTokens(1);
    }

    /** Log probabilities of all tokens come with each draw. */
    static SamplingParams withAllLogprobs(int vocabSize) {
        return greedy().setLogprobs(vocabSize).build();
    }

    void bind(int slot, SamplingParams sampling, int... prompt) {
        runner.bind(slot, sampling, prompt, NONE);
    }

    /** Computes a prompt in chunks and returns the step that sampled. */
    StepResult prefill(int slot, int[] prompt, int chunk) throws InterruptedException {
        StepResult last = null;
        for (int start = 0; start < prompt.length; start += chunk) {
            int end = Math.min(prompt.length, start + chunk);
            int[] tokens = Arrays.copyOfRange(prompt, start, end);
            launch(tokens(slot, tokens, start, end == prompt.length));
            last = await();
        }
        return last;
    }

    static StepPlan.Entry tokens(int slot, int[] tokens, int start, boolean isSampled) {
        return new StepPlan.Entry(
                slot, tokens, false, start, tokens.length, blocks(slot), isSampled);
    }

    static StepPlan.Entry continuation(int slot, int start) {
        return new StepPlan.Entry(slot, NONE, true, start, 1, blocks(slot), true);
    }

    void launch(StepPlan.Entry... entries) {
        runner.launch(new StepPlan(stepNumber++, List.of(entries)));
    }

    StepResult await() throws InterruptedException {
        return runner.poll(30_000_000_000L).orElseThrow();
    }

    /**
     * Decodes slots [0, starts.length) on, each from its own length.
     *
     * @param depth steps in flight
     * @return [steps][slots]
     */
    List<int[]> decode(int[] starts, int steps, int depth) throws InterruptedException {
        List<int[]> drawn = new ArrayList<>();
        for (int step = 0; step < steps + depth - 1; step++) {
            if (step < steps) {
                StepPlan.Entry[] entries = new StepPlan.Entry[starts.length];
                int ahead = step;
                Arrays.setAll(entries, slot -> continuation(slot, starts[slot] + ahead));
                launch(entries);
            }
            if (step >= depth - 1) {
                drawn.add(await().sampledTokenIds());
            }
        }
        return drawn;
    }

    static int[] blocks(int slot) {
        int[] blocks = new int[BLOCKS_PER_SLOT];
        Arrays.setAll(blocks, i -> (slot + 1) * BLOCKS_PER_SLOT - 1 - i);
        return blocks;
    }

    /** A row of log probabilities by token id. */
    static float[] row(TokenLogprobs logprobs, int vocabSize) {
        float[] row = new float[vocabSize];
        for (int i = 0; i < vocabSize; i++) {
            row[logprobs.getTopTokenIds(i)] = logprobs.getTopLogprobs(i);
        }
        return row;
    }

    @Override
    public void close() {
        runner.close();
    }
}
