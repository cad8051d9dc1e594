package dev.tropical.engine.profile;

import dev.tropical.scheduling.cost.StepShape;

/** A step that ran, and how long it took. */
record Measured(StepShape shape, long durationNs) {}
