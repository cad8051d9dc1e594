package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.scheduling.batch.StepPlan;

/** A rank's part of a model. Its blocks hold the rank's heads alone. */
interface RankRunner extends ModelRunner {
    /**
     * Whether {@link #launch} would take a plan.
     *
     * @throws IllegalArgumentException or IllegalStateException when not, saying why
     */
    void check(StepPlan plan);
}
