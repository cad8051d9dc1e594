package dev.tropical.kafka;

import java.util.Iterator;

/**
 * One request's events, waiting for each: an iterator for one thread. {@link #next} throws {@link
 * CompletionTimeoutException} at the deadline and {@link ContradictionException}.
 */
public interface Completion extends Iterator<CompletionEvent>, AutoCloseable {
    /** The request's id. */
    String id();

    /** False after the ending; otherwise true at once, without waiting. */
    @Override
    boolean hasNext();

    /** The next event; waits for it until the deadline. */
    @Override
    CompletionEvent next();

    /** Stops following; the request itself goes on. */
    @Override
    void close();
}
