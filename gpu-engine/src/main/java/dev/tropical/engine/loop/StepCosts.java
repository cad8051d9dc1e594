package dev.tropical.engine.loop;

import dev.tropical.scheduling.cost.StepCostFit;
import dev.tropical.scheduling.cost.StepCostModel;
import dev.tropical.scheduling.cost.StepShape;

/**
 * What the engine believes its steps cost. With a profile it corrects that as it goes; without one
 * it fits the steps that ran, and before the first fit every prediction is 0, which the job reads
 * as unknown. Loop thread.
 */
final class StepCosts {
    /** Steps between two fits: a fit takes microseconds, and costs drift slowly. */
    private static final int FIT_EVERY = 64;

    private final StepCostFit fit = new StepCostFit();
    private final StepCostModel model;
    private final CostConfig config;
    private long observed;

    StepCosts(CostConfig config) {
        this.config = config;
        this.model = new StepCostModel(config.profile());
    }

    void observe(StepShape shape, long durationNs) {
        if (config.isCorrected()) {
            model.observe(shape, durationNs);
        }
        if (!config.isKnown()) {
            fit.add(shape, durationNs);
            if (++observed % FIT_EVERY == 0) {
                fit.fit().ifPresent(model::replace);
            }
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
