package dev.tropical.simulator;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.scheduling.batch.Sequence;

/** What the rest of the cell does about an engine's events. */
interface EngineListener {
    /**
     * The engine sends a status to the router.
     *
     * @param sentNs when; not after now
     * @param rank of its coming among other events
     */
    void sent(EngineStatus status, long sentNs, int rank);

    /** A status had come to the router by then, and nobody knew. */
    void came(EngineStatus status, long atNs);

    /** A prefill that will decode elsewhere begins. */
    void prefillStarts(SimulatedEngine engine, Sequence sequence);

    /** It is done, and the sequence parked. */
    void parked(SimulatedEngine engine, Sequence sequence);

    /** A sequence has ended here. */
    void ended(SimulatedEngine engine, Sequence sequence);

    /** A step that repeats no other has been committed. */
    void stepped(SimulatedEngine engine);

    /** A heartbeat that is an event. */
    void heartbeat();

    /** Whether nothing waits for a status: until then they may come unnoticed. */
    boolean isQuiet();

    /** Whether each heartbeat must be noticed. */
    boolean isHeartbeatNoticed();
}
