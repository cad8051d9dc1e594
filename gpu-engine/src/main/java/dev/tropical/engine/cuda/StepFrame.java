package dev.tropical.engine.cuda;

import dev.tropical.engine.sampling.Candidates;
import dev.tropical.engine.sampling.Sampled;
import dev.tropical.engine.sampling.SequenceSampler;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One of the two steps that may be in flight: its input, its events, and where its tokens come to.
 * Reused step after step.
 */
final class StepFrame implements AutoCloseable {
    private final Owned owned = new Owned();
    private final StepInput input;
    private final PinnedBuffer tokens;
    private final Event begin;
    private final Event end;
    private StepPlan plan = NO_PLAN;
    private SlotState[] states = {};
    private boolean isEnqueued;

    private static final StepPlan NO_PLAN =
            new StepPlan(
                    -1, List.of(new StepPlan.Entry(0, new int[1], false, 0, 1, new int[1], false)));

    StepFrame(InputLayout layout, int blockSize) {
        input = owned.add(new StepInput(layout, blockSize));
        tokens = owned.add(new PinnedBuffer(4L * layout.maxSequences()));
        begin = owned.add(new Event());
        end = owned.add(new Event());
    }

    /**
     * Takes a step to run.
     *
     * @param states of the entries' slots, as they are now
     */
    void set(StepPlan plan, SlotState[] states) {
        this.plan = plan;
        this.states = states;
        this.isEnqueued = false;
    }

    boolean isEnqueued() {
        return isEnqueued;
    }

    /** Whether a token is drawn on the host, after the GPU's part. */
    boolean isDrawnOnHost() {
        for (int i = 0; i < states.length; i++) {
            if (plan.entries().get(i).isSampled() && states[i].isOnHost()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Enqueues the step with the copies before and after it.
     *
     * @param logits where rows come to that the host draws from, {@code [rows][vocab]}
     */
    void enqueue(
            Stream stream,
            DeviceBuffer inputBuffer,
            Passes passes,
            Activations memory,
            HostLogits logits) {
        input.fill(plan, states);
        begin.record(stream);
        input.upload(stream, inputBuffer);
        passes.run(input.counts());
        if (input.sampled() > 0) {
            stream.copy(tokens.pointer(), memory.tokens.pointer(), 4L * input.sampled());
        }
        for (int row = 0; row < input.sampled(); row++) {
            if (states[input.sampledEntry(row)].isOnHost()) {
                logits.copyRow(stream, memory.logits, row);
            }
        }
        end.record(stream);
        isEnqueued = true;
    }

    boolean isDone() {
        return isEnqueued && end.isDone();
    }

    /**
     * Draws what is drawn on the host.
     *
     * @throws IllegalStateException when a logit is not a number
     */
    StepResult finish(HostLogits logits, Candidates candidates) {
        long startNs = System.nanoTime();
        int[] ids = new int[plan.entries().size()];
        Arrays.fill(ids, -1);
        TokenLogprobs[] logprobs = new TokenLogprobs[ids.length];
        boolean hasLogprobs = false;
        for (int row = 0; row < input.sampled(); row++) {
            int entry = input.sampledEntry(row);
            SequenceSampler sampler = states[entry].sampler();
            if (sampler == null) {
                ids[entry] = drawnByGpu(row, plan.entries().get(entry).slot());
                continue;
            }
            Sampled sampled = sampler.sample(logits.row(row), 0, candidates);
            states[entry].drew(sampled.tokenId());
            ids[entry] = sampled.tokenId();
            logprobs[entry] = sampled.logprobs();
            hasLogprobs |= sampled.logprobs() != null;
        }
        long durationNs = end.nanosSince(begin) + System.nanoTime() - startNs;
        return new StepResult(
                plan.number(), ids, hasLogprobs ? filled(logprobs) : List.of(), durationNs);
    }

    private int drawnByGpu(int row, int slot) {
        int token = tokens.view().getInt(4 * row);
        if (token < 0) {
            throw new IllegalStateException(
                    "slot " + slot + ": a logit is NaN (expected: numbers)");
        }
        return token;
    }

    private static List<TokenLogprobs> filled(TokenLogprobs[] logprobs) {
        List<TokenLogprobs> all = new ArrayList<>(logprobs.length);
        for (TokenLogprobs own : logprobs) {
            all.add(own == null ? TokenLogprobs.getDefaultInstance() : own);
        }
        return all;
    }

    @Override
    public void close() {
        owned.close();
    }
}
