package dev.tropical.kafka;

/**
 * A completions stream took something back: a repeated record differs from what was read before, or
 * an offset leaves a gap. A fault of the server.
 */
public final class ContradictionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isGap;

    ContradictionException(String message) {
        this(message, false);
    }

    ContradictionException(String message, boolean isGap) {
        super(message);
        this.isGap = isGap;
    }

    /** Whether something is missing; for one who came late it was said before. */
    boolean isGap() {
        return isGap;
    }
}
