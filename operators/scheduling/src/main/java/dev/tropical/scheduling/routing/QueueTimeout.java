package dev.tropical.scheduling.routing;

/** How long a new request may be queued before it is rejected with {@code queue_timeout}. */
public enum QueueTimeout {
    /** Held until an engine takes it. */
    OFF,
    /** max(10 s, 2 x its TTFT objective) after its arrival. */
    BY_SLO;

    private static final long FLOOR_NS = 10_000_000_000L;

    long atNs(QueuedRequest request) {
        return this == OFF
                ? Long.MAX_VALUE
                : request.arrivedNs() + Math.max(FLOOR_NS, 2 * request.slo().getTtftNs());
    }
}
