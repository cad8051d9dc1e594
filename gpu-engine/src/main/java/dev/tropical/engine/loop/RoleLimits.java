package dev.tropical.engine.loop;

import dev.tropical.protocol.wire.BatchLimits;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SetLimits;
import dev.tropical.scheduling.batch.BatchConfig;

/**
 * The batch limits of each role, so that a switch of role needs nothing but the other record.
 *
 * @param prefill limits as a prefill engine: one prompt at a time, so that its end is predictable
 * @param decode limits as a decode engine, or as one that does both
 */
public record RoleLimits(BatchConfig prefill, BatchConfig decode) {

    BatchConfig of(Role role) {
        return role == Role.PREFILL ? prefill : decode;
    }

    /**
     * The same slots and lengths under other limits.
     *
     * @param maxStepTokens what the runner can compute in a step
     * @throws IllegalArgumentException when a budget is outside of what slots and runner allow
     */
    RoleLimits with(SetLimits limits, int maxStepTokens) {
        return new RoleLimits(
                with(prefill, limits.getPrefill(), maxStepTokens),
                with(decode, limits.getDecode(), maxStepTokens));
    }

    private static BatchConfig with(BatchConfig now, BatchLimits limits, int maxStepTokens) {
        int budget = limits.getMaxNumBatchedTokens();
        if (budget > maxStepTokens) {
            throw new IllegalArgumentException(
                    "maxNumBatchedTokens: "
                            + budget
                            + " (expected: at most "
                            + maxStepTokens
                            + ", what the engine was started with)");
        }
        return new BatchConfig(
                budget,
                now.maxNumSeqs(),
                now.maxModelLen(),
                limits.getChunkedPrefill(),
                limits.getMaxPrefills(),
                now.watermarkBlocks(),
                limits.getPromptFirst());
    }
}
