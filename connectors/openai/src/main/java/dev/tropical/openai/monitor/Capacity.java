package dev.tropical.openai.monitor;

/**
 * Whether the system takes a new request.
 *
 * @param kind what it can do
 * @param reason why it takes none; empty when it does
 * @param retryAfterSeconds when to ask again
 */
public record Capacity(Kind kind, String reason, int retryAfterSeconds) {
    /** What a new request would meet. */
    public enum Kind {
        OPEN,
        /** A queue is full. */
        FULL,
        /** Nothing that could serve it. */
        DOWN
    }

    static final Capacity OPEN = new Capacity(Kind.OPEN, "", 0);
}
