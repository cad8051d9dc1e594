package dev.tropical.flink.route;

import dev.tropical.flink.state.KeyGroups;
import dev.tropical.scheduling.routing.QueueTimeout;
import dev.tropical.scheduling.routing.RoleRule;
import dev.tropical.scheduling.routing.RoleSwitching;
import dev.tropical.scheduling.routing.RoutingPolicy;
import dev.tropical.scheduling.routing.TropicalOptions;
import java.io.Serializable;
import java.util.Objects;

/**
 * How requests are routed.
 *
 * @param mode the policy
 * @param cells how many cells there are, 1 to 128
 * @param queueTimeout of modes vllm and distserve: whether a request that no engine has room for is
 *     rejected at some time
 * @param tropical of mode tropical
 */
public record RouteOptions(
        RouteMode mode, int cells, QueueTimeout queueTimeout, TropicalOptions tropical)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    public RouteOptions {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(queueTimeout, "queueTimeout");
        Objects.requireNonNull(tropical, "tropical");
        if (cells < 1 || cells > KeyGroups.COUNT) {
            throw new IllegalArgumentException(
                    "cells: " + cells + " (expected: 1 to " + KeyGroups.COUNT + ")");
        }
    }

    /** Everything but mode and cells at its default. */
    public static RouteOptions of(RouteMode mode, int cells) {
        return new RouteOptions(mode, cells, QueueTimeout.OFF, TropicalOptions.DEFAULT);
    }

    /** A new policy; each cell has its own. */
    RoutingPolicy policy() {
        return mode.policy(this);
    }

    /** A new rule for the engines' roles, which only mode tropical gives; each cell has its own. */
    RoleRule roleRule() {
        RoleSwitching roles = mode == RouteMode.TROPICAL ? tropical.roles() : RoleSwitching.OFF;
        return new RoleRule(roles, tropical.profile());
    }

    /** An engine or a retry may carry a cell of a job with more cells: it joins one that exists. */
    int cellOf(int cell) {
        return Math.floorMod(cell, cells);
    }
}
