package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelSpec;
import dev.tropical.scheduling.batch.StepPlan;
import org.jspecify.annotations.Nullable;

/** Refuses plans that would make kernels read or write what is not theirs. */
final class PlanChecks {
    private PlanChecks() {}

    static SlotState bound(StepPlan.Entry entry, @Nullable SlotState[] slots) {
        SlotState state = entry.slot() < slots.length ? slots[entry.slot()] : null;
        if (state == null) {
            throw new IllegalArgumentException("slot " + entry.slot() + " (expected: bound)");
        }
        return state;
    }

    static void checkFits(StepPlan plan, ModelSpec spec) {
        int tokens = 0;
        for (StepPlan.Entry entry : plan.entries()) {
            checkEntry(entry, spec);
            tokens += entry.length();
        }
        if (tokens > spec.maxStepTokens() || plan.entries().size() > spec.maxNumSeqs()) {
            throw new IllegalArgumentException(
                    "step of "
                            + tokens
                            + " tokens in "
                            + plan.entries().size()
                            + " entries (expected: at most "
                            + spec.maxStepTokens()
                            + " in "
                            + spec.maxNumSeqs()
                            + ")");
        }
    }

    private static void checkEntry(StepPlan.Entry entry, ModelSpec spec) {
        int end = entry.start() + entry.length();
        int blocks = (end + spec.blockSize() - 1) / spec.blockSize();
        if (end > spec.maxModelLen() || entry.blockTable().length < blocks) {
            throw new IllegalArgumentException(
                    "slot "
                            + entry.slot()
                            + ": tokens up to "
                            + end
                            + " in "
                            + entry.blockTable().length
                            + " blocks (expected: at most "
                            + spec.maxModelLen()
                            + ", in "
                            + blocks
                            + " blocks)");
        }
        for (int i = 0; i < blocks; i++) {
            requireIn("block", entry.blockTable()[i], spec.numBlocks(), entry);
        }
        for (int token : entry.tokenIds()) {
            requireIn("token", token, spec.vocabSize(), entry);
        }
    }

    private static void requireIn(String name, int value, int limit, StepPlan.Entry entry) {
        if (value < 0 || value >= limit) {
            throw new IllegalArgumentException(
                    "slot "
                            + entry.slot()
                            + ": "
                            + name
                            + " "
                            + value
                            + " (expected: in [0, "
                            + limit
                            + "))");
        }
    }
}
