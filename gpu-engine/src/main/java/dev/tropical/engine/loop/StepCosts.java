package dev.tropical.engine.loop;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepCostFit;
import dev.tropical.scheduling.cost.StepCostModel;
import dev.tropical.scheduling.cost.StepShape;

/**
 * Learns what steps cost from the steps that ran. Before the first fit every prediction is 0, which
 * the job reads as unknown. Loop thread.
 */
final class StepCosts {
    /** Steps between two fits: a fit takes microseconds, and costs drift slowly. */
    private static final int FIT_EVERY = 64;

    private final StepCostFit fit = new StepCostFit();
    private long observed;
    private final StepCostModel model = new StepCostModel(StepCost.getDefaultInstance());

    void observe(StepShape shape, long durationNs) {
        fit.add(shape, durationNs);
        model.observe(shape, durationNs);
        if (++observed % FIT_EVERY == 0) {
            fit.fit().ifPresent(model::replace);
        }
    }

    long predictNs(StepShape shape) {
        return model.predictNs(shape);
    }

    /** Predicts with what is known so far. */
    StepCostModel model() {
        return model;
    }
}
