package dev.tropical.scheduling.routing;

import java.io.Serializable;

/**
 * How long a new request may be queued before it is rejected with {@code queue_timeout}: the larger
 * of the floor and twice its TTFT objective, counted from its arrival.
 *
 * @param floorNs at least 0; {@code Long.MAX_VALUE}: it is held until an engine takes it
 */
public record QueueTimeout(long floorNs) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Held until an engine takes it. */
    public static final QueueTimeout OFF = new QueueTimeout(Long.MAX_VALUE);

    /** 10 s: nobody who waits for a first token has less patience. */
    public static final QueueTimeout BY_SLO = new QueueTimeout(10_000_000_000L);

    public QueueTimeout {
        if (floorNs < 0) {
            throw new IllegalArgumentException("floorNs: " + floorNs + " (expected: >= 0)");
        }
    }

    long atNs(QueuedRequest request) {
        return floorNs == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : request.arrivedNs() + Math.max(floorNs, 2 * request.slo().getTtftNs());
    }
}
