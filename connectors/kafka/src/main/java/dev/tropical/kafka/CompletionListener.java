package dev.tropical.kafka;

/**
 * A request's events as calls, on the dispatcher's thread: implementations hand over and return.
 */
public interface CompletionListener {
    /** The next event; an {@link CompletionEvent.Ending} is the last call. */
    void onEvent(CompletionEvent event);

    /**
     * The stream is over without an ending: {@link CompletionTimeoutException}, {@link
     * ContradictionException}, or a failure of Kafka's client. The last call.
     */
    void onFailure(RuntimeException failure);
}
