package dev.tropical.kafka;

/** There is no earlier request of this id to join. */
public final class NotFoundException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotFoundException(String message) {
        super(message);
    }
}
