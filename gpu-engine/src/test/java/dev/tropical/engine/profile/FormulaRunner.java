package dev.tropical.engine.profile;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import dev.tropical.scheduling.cost.StepTime;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Steps take what the formula says, in time of its own; plans are checked as a backend would. */
final class FormulaRunner implements ModelRunner {
    private static final int BLOCK_SIZE = 16;

    private final StepCost cost;
    private final ModelSpec spec;
    private final BitSet slots = new BitSet();
    private long nowNs;
    private long longestNs;
    private Optional<StepResult> result = Optional.empty();

    FormulaRunner(StepCost cost, int maxNumSeqs, int numBlocks, int maxStepTokens) {
        this.cost = cost;
        this.spec =
                new ModelSpec(
                        "Formula",
                        100,
                        4_096,
                        BLOCK_SIZE,
                        numBlocks,
                        64,
                        maxNumSeqs,
                        maxStepTokens);
    }

    long nowNs() {
        return nowNs;
    }

    long longestNs() {
        return longestNs;
    }

    int bound() {
        return slots.cardinality();
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated) {
        require(slot < spec.maxNumSeqs() && !slots.get(slot), "slot " + slot);
        slots.set(slot);
    }

    @Override
    public void release(int slot) {
        require(slots.get(slot), "slot " + slot);
        slots.clear(slot);
    }

    @Override
    public void launch(StepPlan plan) {
        int tokens = 0;
        Set<Integer> blocks = new HashSet<>();
        for (StepPlan.Entry entry : plan.entries()) {
            tokens += entry.length();
            require(slots.get(entry.slot()), "slot " + entry.slot());
            require(entry.start() + entry.length() <= spec.maxModelLen(), "context");
            for (int block : entry.blockTable()) {
                require(block < spec.numBlocks() && blocks.add(block), "block " + block);
            }
        }
        require(tokens <= spec.maxStepTokens(), "tokens " + tokens);
        long durationNs = StepTime.stepNs(cost, plan.shape());
        nowNs += durationNs;
        longestNs = Math.max(longestNs, durationNs);
        int[] sampled = new int[plan.entries().size()];
        result = Optional.of(new StepResult(plan.number(), sampled, List.of(), durationNs));
    }

    @Override
    public Optional<StepResult> poll(long timeoutNs) {
        return result;
    }

    @Override
    public void readBlock(int block, int offset, ByteBuffer out) {
        throw new UnsupportedOperationException("no KV");
    }

    @Override
    public void writeBlock(int block, int offset, ByteBuffer in) {
        throw new UnsupportedOperationException("no KV");
    }

    @Override
    public void close() {
        // Owns nothing.
    }

    private static void require(boolean isRight, String what) {
        if (!isRight) {
            throw new IllegalArgumentException(what + " cannot be used");
        }
    }
}
