package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;

/**
 * What an {@link EngineClient} tells, on its I/O thread: implementations hand over and return. For
 * one engine the order is onUp, then events and statuses, then onLost; never an event before onUp
 * or after onLost.
 */
public interface EngineListener {
    /** The engine is registered and its first status came: commands reach it from now on. */
    void onUp(EngineInfo engine);

    /** Events, in the order in which the engine sent them. */
    void onEvents(EngineEvents events);

    /** A snapshot of the engine; newer than those before. */
    void onStatus(EngineStatus status);

    /**
     * The engine is silent, stalled, removed, or was started anew; an {@code onUp} may follow.
     *
     * @param reason for logs and the client's error, for instance {@code no status for 1000 ms}
     */
    void onLost(EngineInfo engine, String reason);

    /** The client has ended for good, with its connections; the task should fail. The last call. */
    void onFailure(RuntimeException failure);
}
