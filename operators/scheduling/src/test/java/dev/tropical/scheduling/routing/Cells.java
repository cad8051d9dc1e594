package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.Slo;

/** Engines and requests for tests; instants in ns. */
final class Cells {
    static final int CELL = 3;
    static final long SECOND = 1_000_000_000L;

    private Cells() {}

    static EngineInfo info(String id, Role role) {
        return EngineInfo.newBuilder()
                .setEngineId(id)
                .setIncarnation("first")
                .setRole(role)
                .setCell(CELL)
                .build();
    }

    static EngineStatus.Builder status(String id, Role role, long number) {
        return EngineStatus.newBuilder()
                .setEngineId(id)
                .setIncarnation("first")
                .setNumber(number)
                .setRole(role)
                .setCell(CELL)
                .setBlocksTotal(100)
                .setBlocksFree(100)
                .setReady(true);
    }

    static QueuedRequest request(String id, int promptTokens, long arrivedNs) {
        return request(id, promptTokens, arrivedNs, 0, "");
    }

    static QueuedRequest retry(String id, long arrivedNs, String lostEngineId) {
        return request(id, 10, arrivedNs, 1, lostEngineId);
    }

    private static QueuedRequest request(
            String id, int promptTokens, long arrivedNs, int attempt, String lostEngineId) {
        Slo slo = Slo.newBuilder().setTtftNs(6 * SECOND).setTpotNs(SECOND / 10).build();
        return new QueuedRequest(
                id, promptTokens, 1, 0, attempt, arrivedNs, slo, 4L * promptTokens, lostEngineId);
    }
}
