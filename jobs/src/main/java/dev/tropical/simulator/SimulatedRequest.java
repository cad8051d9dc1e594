package dev.tropical.simulator;

import dev.tropical.protocol.wire.Slo;
import java.util.List;

/**
 * A request of a workload.
 *
 * @param id unique in a simulation
 * @param arrivedNs virtual instant
 * @param promptTokens at least 1
 * @param outputTokens at least 1; only the engine that samples them knows, never the router
 * @param slo its objectives
 * @param prefixIds as {@link TraceEntry#prefixIds}; the simulator has no prefix cache
 */
public record SimulatedRequest(
        String id,
        long arrivedNs,
        int promptTokens,
        int outputTokens,
        Slo slo,
        List<Integer> prefixIds) {
    public SimulatedRequest {
        if (arrivedNs < 0 || promptTokens < 1 || outputTokens < 1) {
            throw new IllegalArgumentException(
                    id
                            + ": arrivedNs "
                            + arrivedNs
                            + ", promptTokens "
                            + promptTokens
                            + ", outputTokens "
                            + outputTokens
                            + " (expected: >= 0, >= 1, >= 1)");
        }
        prefixIds = List.copyOf(prefixIds);
    }

    /** Of unknown content. */
    public SimulatedRequest(
            String id, long arrivedNs, int promptTokens, int outputTokens, Slo slo) {
        this(id, arrivedNs, promptTokens, outputTokens, slo, List.of());
    }
}
