package dev.tropical.engine.profile;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs single steps of any shape on a runner that serves nobody. What the KV pool holds does not
 * matter for how long a step takes, so a sequence may start anywhere in its context. Slot i has the
 * i-th part of the pool; all slots are given back at {@link #close}.
 */
final class StepDriver implements AutoCloseable {
    private static final long STEP_TIMEOUT_NS = 600_000_000_000L;
    private static final int[] PROMPT = {0};

    private final ModelRunner runner;
    private final ModelSpec spec;
    private int bound;
    private long stepNumber;

    StepDriver(ModelRunner runner) {
        this.runner = runner;
        this.spec = runner.spec();
    }

    /**
     * Runs one step.
     *
     * @param prompt tokens of a chunk, 0 for none
     * @param done tokens of that prompt before the chunk
     * @param decodes sequences that get a token each
     * @param context tokens of each of them, the new one included
     * @return the step and its duration
     */
    Measured run(int prompt, int done, int decodes, int context) throws InterruptedException {
        int sequences = decodes + (prompt > 0 ? 1 : 0);
        bind(sequences);
        List<StepPlan.Entry> entries = new ArrayList<>(sequences);
        int blocksOfDecode = blocks(context);
        for (int slot = 0; slot < decodes; slot++) {
            entries.add(entry(slot, slot * blocksOfDecode, context - 1, 1));
        }
        if (prompt > 0) {
            entries.add(entry(decodes, decodes * blocksOfDecode, done, prompt));
        }
        StepPlan plan = new StepPlan(stepNumber++, entries);
        runner.launch(plan);
        long durationNs =
                runner.poll(STEP_TIMEOUT_NS)
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "a step did not end within "
                                                        + STEP_TIMEOUT_NS
                                                        + " ns (expected: seconds at most)"))
                        .durationNs();
        return new Measured(plan.shape(), durationNs);
    }

    /** Blocks that so many tokens need. */
    int blocks(int tokens) {
        return (tokens + spec.blockSize() - 1) / spec.blockSize();
    }

    private StepPlan.Entry entry(int slot, int firstBlock, int start, int length) {
        int[] table = new int[blocks(start + length)];
        Arrays.setAll(table, i -> firstBlock + i);
        int[] tokens = new int[length];
        Arrays.setAll(tokens, i -> (start + i) % spec.vocabSize());
        return new StepPlan.Entry(slot, tokens, false, start, length, table, true);
    }

    private void bind(int sequences) {
        for (; bound < sequences; bound++) {
            runner.bind(bound, greedy(), PROMPT, new int[0]);
        }
    }

    private static SamplingParams greedy() {
        return SamplingParams.newBuilder()
                .setTopP(1)
                .setRepetitionPenalty(1)
                .setLogprobs(-1)
                .setMaxTokens(1)
                .build();
    }

    @Override
    public void close() {
        for (int slot = 0; slot < bound; slot++) {
            runner.release(slot);
        }
    }
}
