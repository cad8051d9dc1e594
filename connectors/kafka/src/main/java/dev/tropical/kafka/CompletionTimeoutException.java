package dev.tropical.kafka;

/** A request's ending did not come by the client's deadline. The request itself goes on. */
public final class CompletionTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CompletionTimeoutException(String message) {
        super(message);
    }
}
