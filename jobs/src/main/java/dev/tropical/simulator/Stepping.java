package dev.tropical.simulator;

/** How decodes pass time. Both give the same results to the nanosecond. */
public enum Stepping {
    /** Each step, status and heartbeat is an event. The reference. */
    EACH,

    /**
     * While the router waits for nothing, steps that repeat the one before and heartbeats are no
     * events: they are caught up on when something looks at the engine.
     */
    RUNS
}
