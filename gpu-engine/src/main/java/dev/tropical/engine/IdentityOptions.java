package dev.tropical.engine;

import dev.tropical.protocol.wire.Role;

/**
 * Who the engine is.
 *
 * @param engineId unique among the engines that run at one time
 * @param role at start; SetRole changes it
 * @param cell group of engines that serve each other, at least 0
 */
record IdentityOptions(String engineId, Role role, int cell) {
    IdentityOptions {
        if (!engineId.matches("[A-Za-z0-9._-]{1,100}")) {
            throw new IllegalArgumentException(
                    "engine-id: '" + engineId + "' (expected: 1 to 100 of A-Z a-z 0-9 . _ -)");
        }
        if (role != Role.PREFILL && role != Role.DECODE) {
            throw new IllegalArgumentException("role: " + role + " (expected: prefill or decode)");
        }
        Checks.atLeast("cell", cell, 0);
    }
}
