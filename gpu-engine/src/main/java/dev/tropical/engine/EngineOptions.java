package dev.tropical.engine;

import dev.tropical.engine.io.IoOptions;
import dev.tropical.engine.loop.LoopOptions;
import dev.tropical.engine.transfer.TransferOptions;

/**
 * All options of an engine, one record an area.
 *
 * @param metricsPort where metrics are served over HTTP; 0 = any free port, {@link #NO_METRICS} =
 *     nowhere
 * @param isParentWatched whether the engine ends when standard input does
 */
record EngineOptions(
        IdentityOptions identity,
        ModelOptions model,
        CacheOptions cache,
        BatchOptions batch,
        CostOptions cost,
        LoopOptions loop,
        TransferOptions transfer,
        IoOptions io,
        int metricsPort,
        boolean isParentWatched) {
    /** A port that asks for no metrics. */
    static final int NO_METRICS = -1;

    EngineOptions {
        if (metricsPort < NO_METRICS || metricsPort > 65_535) {
            throw new IllegalArgumentException(
                    "metrics-port: " + metricsPort + " (expected: -1 to 65535)");
        }
    }
}
