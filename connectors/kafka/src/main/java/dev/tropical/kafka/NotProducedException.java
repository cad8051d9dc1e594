package dev.tropical.kafka;

/** Kafka has not confirmed a request in time; it may have it all the same. */
public final class NotProducedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotProducedException(String message, Throwable cause) {
        super(message, cause);
    }
}
