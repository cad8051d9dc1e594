package dev.tropical.kafka;

import java.time.Duration;

/**
 * A client: produces requests and follows their completions. Any number of requests at a time share
 * one producer and one consumer, which belong to a dispatcher thread that {@link #open} starts and
 * {@link #close} ends. All methods are for any thread.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class CompletionStream implements AutoCloseable {
    private CompletionStream() {}

    /**
     * @param isReadCommitted whether to see only what a checkpoint has committed (for {@link
     *     Delivery#EXACTLY_ONCE})
     */
    public static CompletionStream open(KafkaSettings settings, boolean isReadCommitted) {
        throw new UnsupportedOperationException("open");
    }

    /**
     * Produces a request and follows it.
     *
     * @param id becomes the record's key and {@code ce_id} header
     * @param body UTF-8 JSON
     * @param deadline from now until the ending
     */
    public Completion submit(String id, byte[] body, Duration deadline) {
        throw new UnsupportedOperationException("submit");
    }

    /** Produces a request; its events go to the listener. */
    public void submit(String id, byte[] body, Duration deadline, CompletionListener listener) {
        throw new UnsupportedOperationException("submit");
    }

    /** Produces the request's cancellation; its stream then ends with {@code cancelled}. */
    public void cancel(String id) {
        throw new UnsupportedOperationException("cancel");
    }

    /** Fails what is still followed, and ends the thread, the producer and the consumer. */
    @Override
    public void close() {}
}
