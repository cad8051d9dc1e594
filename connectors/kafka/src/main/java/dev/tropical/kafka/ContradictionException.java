package dev.tropical.kafka;

/**
 * A completions stream took something back: a repeated record differs from what was read before, or
 * an offset leaves a gap. A fault of the server.
 */
public final class ContradictionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ContradictionException(String message) {
        super(message);
    }
}
