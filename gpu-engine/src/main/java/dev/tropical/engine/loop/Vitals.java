package dev.tropical.engine.loop;

import dev.tropical.engine.io.Progress;
import dev.tropical.engine.metrics.EngineMetrics;

/**
 * What other threads may see of a loop while it runs.
 *
 * @param progress when it last got on
 * @param metrics what it has done
 */
public record Vitals(Progress progress, EngineMetrics metrics) {
    /** Of a loop that has not begun. */
    public Vitals() {
        this(new Progress(), new EngineMetrics());
    }
}
