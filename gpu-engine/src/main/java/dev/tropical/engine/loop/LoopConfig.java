package dev.tropical.engine.loop;

import dev.tropical.engine.transfer.TransferOptions;

/**
 * All that configures an engine's loop.
 *
 * @param limits of a batch, by role
 * @param loop the loop's own
 * @param transfer of migrations
 * @param cost what is known of the steps' times
 */
public record LoopConfig(
        RoleLimits limits, LoopOptions loop, TransferOptions transfer, CostConfig cost) {}
