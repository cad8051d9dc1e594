package dev.tropical.flink.route;

import dev.tropical.flink.state.KeyGroups;
import dev.tropical.scheduling.routing.QueueTimeout;
import java.io.Serializable;
import java.util.Objects;

/**
 * How requests are routed.
 *
 * @param mode the policy
 * @param cells how many cells there are, 1 to 128
 * @param queueTimeout whether a request that no engine has room for is rejected at some time
 */
public record RouteOptions(RouteMode mode, int cells, QueueTimeout queueTimeout)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    public RouteOptions {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(queueTimeout, "queueTimeout");
        if (cells < 1 || cells > KeyGroups.COUNT) {
            throw new IllegalArgumentException(
                    "cells: " + cells + " (expected: 1 to " + KeyGroups.COUNT + ")");
        }
    }

    /** An engine or a retry may carry a cell of a job with more cells: it joins one that exists. */
    int cellOf(int cell) {
        return Math.floorMod(cell, cells);
    }
}
