package dev.tropical.openai;

/** Carries an {@link ApiError} to where the answer is made. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ApiError error;

    ApiException(ApiError error) {
        // Without a stack trace: it is an answer, not a fault of ours.
        super(error.message(), null, false, false);
        this.error = error;
    }

    ApiError error() {
        return error;
    }
}
