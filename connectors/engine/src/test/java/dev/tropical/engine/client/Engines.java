package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;

/** Engines for tests that need no sockets. */
final class Engines {
    private Engines() {}

    static EngineInfo info(String id, String incarnation) {
        return EngineInfo.newBuilder()
                .setEngineId(id)
                .setIncarnation(incarnation)
                .setCell(3)
                .build();
    }

    static EngineStatus status(String id, long number) {
        return EngineStatus.newBuilder().setEngineId(id).setCell(3).setNumber(number).build();
    }
}
