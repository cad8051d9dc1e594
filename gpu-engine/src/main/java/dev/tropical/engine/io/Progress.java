package dev.tropical.engine.io;

/** When the loop last got something done. Written by the loop thread, read by the I/O thread. */
public final class Progress {
    private static final long IDLE = Long.MIN_VALUE;
    private volatile long workingSinceNs = IDLE;

    /** The loop has work, and some of it was done at {@code nowNs}. */
    public void advanced(long nowNs) {
        workingSinceNs = nowNs == IDLE ? nowNs + 1 : nowNs;
    }

    /** The loop has nothing to do. */
    public void idle() {
        workingSinceNs = IDLE;
    }

    /** Nanoseconds since the last progress; 0 when there is nothing to do. */
    long ageNs(long nowNs) {
        long since = workingSinceNs;
        return since == IDLE ? 0 : Math.max(0, nowNs - since);
    }
}
