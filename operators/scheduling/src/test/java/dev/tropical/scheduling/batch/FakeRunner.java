package dev.tropical.scheduling.batch;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model runner without a model. Its KV of a position is the token id itself, so a sampled token
 * depends on every token of the context as read through the block table: whoever overwrites, shares
 * or frees a block too early changes what is generated. Binds, releases and steps take effect in
 * the order of the calls, steps not before {@link #complete}.
 */
final class FakeRunner implements SlotBinder {
    static final int VOCABULARY = 97;
    private static final int EMPTY = -1;

    private final int blockSize;
    private final int[] kv;
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final Map<Integer, Integer> lastSampled = new HashMap<>();
    private final Map<Integer, String> owners = new HashMap<>();
    private Optional<StepResult> result = Optional.empty();

    FakeRunner(int numBlocks, int blockSize) {
        this.blockSize = blockSize;
        this.kv = new int[numBlocks * blockSize];
        Arrays.fill(kv, EMPTY);
    }

    /** What any engine must generate after {@code context}. */
    static int sample(int[] context) {
        long hash = 1125899906842597L;
        for (int token : context) {
            hash = 31 * hash + token + 1;
        }
        hash ^= hash >>> 29;
        return (int) Math.floorMod(hash * 0x9E3779B97F4A7C15L >>> 7, (long) VOCABULARY);
    }

    @Override
    public void bind(Sequence sequence) {
        int slot = sequence.slot();
        String key = sequence.toString();
        if (owners.put(slot, key) != null) {
            throw new AssertionError("slot " + slot + " was bound twice");
        }
        queue.add(() -> lastSampled.remove(slot));
    }

    @Override
    public void release(int slot) {
        if (owners.remove(slot) == null) {
            throw new AssertionError("slot " + slot + " was not bound");
        }
        queue.add(() -> lastSampled.remove(slot));
    }

    void launch(StepPlan plan) {
        for (StepPlan.Entry entry : plan.entries()) {
            if (!owners.containsKey(entry.slot())) {
                throw new AssertionError("slot " + entry.slot() + " is in a step and not bound");
            }
        }
        queue.add(() -> result = Optional.of(run(plan)));
    }

    /** Runs the oldest launched step. */
    StepResult complete() {
        result = Optional.empty();
        while (result.isEmpty()) {
            queue.remove().run();
        }
        return result.get();
    }

    private StepResult run(StepPlan plan) {
        int[] sampled = new int[plan.entries().size()];
        // All inputs are written before anything is read, as on a device: a block that two
        // sequences of one step hold by mistake shows.
        for (StepPlan.Entry entry : plan.entries()) {
            write(entry);
        }
        for (int i = 0; i < sampled.length; i++) {
            StepPlan.Entry entry = plan.entries().get(i);
            int[] context = read(entry.blockTable(), entry.start() + entry.length());
            sampled[i] = entry.isSampled() ? sample(context) : -1;
        }
        for (int i = 0; i < sampled.length; i++) {
            if (sampled[i] >= 0) {
                lastSampled.put(plan.entries().get(i).slot(), sampled[i]);
            }
        }
        return new StepResult(plan.number(), sampled, List.of(), 1_000);
    }

    private void write(StepPlan.Entry entry) {
        for (int i = 0; i < entry.length(); i++) {
            int position = entry.start() + i;
            // A continuation without its slot's sample is a fault: unboxing the null says so.
            int token =
                    entry.isContinuation() ? lastSampled.get(entry.slot()) : entry.tokenIds()[i];
            kv[index(entry.blockTable(), position)] = token;
        }
    }

    private int index(int[] blockTable, int position) {
        return blockTable[position / blockSize] * blockSize + position % blockSize;
    }

    int[] read(int[] blockTable, int length) {
        int[] context = new int[length];
        for (int i = 0; i < length; i++) {
            context[i] = kv[index(blockTable, i)];
        }
        return context;
    }

    /** As a migration does, outside the steps. */
    void copyBlock(int block, FakeRunner to, int toBlock) {
        System.arraycopy(kv, block * blockSize, to.kv, toBlock * blockSize, blockSize);
    }
}
