package dev.tropical.engine.loop;

import dev.tropical.protocol.wire.Role;
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
}
