package dev.tropical.engine.model;

import dev.tropical.scheduling.batch.StepPlan;
import java.util.function.IntPredicate;

/** Refuses plans that would make a backend read or write what is not theirs. */
public final class PlanChecks {
    private PlanChecks() {}

    /**
     * @param isBound whether a slot has a sequence
     * @throws IllegalArgumentException naming what does not fit, and what would
     */
    public static void check(StepPlan plan, ModelSpec spec, IntPredicate isBound) {
        int tokens = 0;
        for (StepPlan.Entry entry : plan.entries()) {
            if (!isBound.test(entry.slot())) {
                throw new IllegalArgumentException("slot " + entry.slot() + " (expected: bound)");
            }
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
