package dev.tropical.kafka;

/**
 * A request's events as calls, on the dispatcher's thread: implementations hand over and return.
 */
public interface CompletionListener {
    /** The next event; an {@link CompletionEvent.Ending} is the last call. */
    void onEvent(CompletionEvent event);

    /** The same with its place on the topic; what the follower calls. */
    default void onEvent(CompletionEvent event, RecordPosition position) {
        onEvent(event);
    }

    /** The id was used before with the same body; what follows begins at its beginning. */
    default void onJoined() {}

    /**
     * The stream is over without an ending: {@link CompletionTimeoutException}, {@link
     * ContradictionException}, {@link ConflictException}, {@link NotFoundException}, or a failure
     * of Kafka's client. The last call.
     */
    void onFailure(RuntimeException failure);
}
