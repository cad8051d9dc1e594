package dev.tropical.engine.cuda;

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
    private final PinnedBuffer entries;
    private final Event begin;
    private final Event end;
    private StepPlan plan = NO_PLAN;
    private SlotState[] states = {};
    private long samplerMark;

    private static final StepPlan NO_PLAN =
            new StepPlan(
                    -1, List.of(new StepPlan.Entry(0, new int[1], false, 0, 1, new int[1], false)));

    StepFrame(InputLayout layout, int blockSize) {
        input = owned.add(new StepInput(layout, blockSize));
        tokens = owned.add(new PinnedBuffer(4L * layout.maxSequences()));
        entries = owned.add(new PinnedBuffer(layout.entryBytes()));
        begin = owned.add(new Event());
        end = owned.add(new Event());
    }

    /**
     * Enqueues a step with the copies before and after it.
     *
     * @param states of the entries' slots, as they are now
     */
    void enqueue(StepPlan plan, SlotState[] states, CudaModel model) {
        this.plan = plan;
        this.states = states;
        Stream stream = model.stream();
        input.fill(plan, states);
        begin.record(stream);
        input.upload(stream, model.input());
        model.passes().run(input.counts());
        if (input.sampled() > 0) {
            stream.copy(tokens.pointer(), model.memory().tokens.pointer(), 4L * input.sampled());
        }
        if (input.entries() > 0) {
            stream.copy(
                    entries.pointer(),
                    model.memory().entries.pointer(),
                    (long) GpuSampler.ENTRY_BYTES * input.entries());
        }
        end.record(stream);
        samplerMark = model.sampler().mark();
    }

    boolean isDone() {
        return end.isDone();
    }

    /**
     * What the GPU drew.
     *
     * @throws IllegalStateException when a logit is not a number: the weights are broken
     */
    StepResult finish(GpuSampler sampler) {
        sampler.release(samplerMark);
        int[] ids = new int[plan.entries().size()];
        Arrays.fill(ids, -1);
        for (int row = 0; row < input.sampled(); row++) {
            int entry = input.sampledEntry(row);
            ids[entry] = drawn(row, plan.entries().get(entry).slot());
        }
        return new StepResult(plan.number(), ids, logprobs(), end.nanosSince(begin));
    }

    private int drawn(int row, int slot) {
        int token = tokens.view().getInt(4 * row);
        if (token < 0) {
            throw new IllegalStateException(
                    "slot " + slot + ": a logit is NaN (expected: numbers)");
        }
        return token;
    }

    /** By the plan's entries; none if no entry reports any. */
    private List<TokenLogprobs> logprobs() {
        if (input.entries() == 0) {
            return List.of();
        }
        List<TokenLogprobs> all = new ArrayList<>(plan.entries().size());
        int at = 0;
        for (int i = 0; i < plan.entries().size(); i++) {
            int count = plan.entries().get(i).isSampled() ? states[i].entries() : 0;
            all.add(read(at, count));
            at += count;
        }
        return all;
    }

    /** The chosen token's entry, then the alternatives'. */
    private TokenLogprobs read(int first, int count) {
        if (count == 0) {
            return TokenLogprobs.getDefaultInstance();
        }
        TokenLogprobs.Builder result = TokenLogprobs.newBuilder().setLogprob(logprob(first));
        for (int i = first + 1; i < first + count; i++) {
            int id = entries.view().getInt(GpuSampler.ENTRY_BYTES * i);
            if (id >= 0) {
                result.addTopTokenIds(id).addTopLogprobs(logprob(i));
            }
        }
        return result.build();
    }

    private float logprob(int index) {
        return entries.view().getFloat(GpuSampler.ENTRY_BYTES * index + 4);
    }

    @Override
    public void close() {
        owned.close();
    }
}
