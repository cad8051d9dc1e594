package dev.tropical.protocol;

/** Why a request ended without its completion, or was answered with a notice. */
public enum ErrorCode {
    /**
     * Not JSON, a field of a wrong type, or a value out of its range; {@code param} names the
     * field.
     */
    INVALID_REQUEST("invalid_request"),
    /** The model is not served here. */
    MODEL_NOT_FOUND("model_not_found"),
    /**
     * Prompt and max_tokens exceed the model's context, or the prompt no engine's whole KV pool.
     */
    CONTEXT_LENGTH_EXCEEDED("context_length_exceeded"),
    /** The record exceeds admission's limit of 8 MiB. */
    REQUEST_TOO_LARGE("request_too_large"),
    /** The queue's time-out passed before any engine had room within the objective. */
    QUEUE_TIMEOUT("queue_timeout"),
    /** Every attempt lost its engine. */
    ENGINE_FAILED("engine_failed"),
    /** A client asked for it. */
    CANCELLED("cancelled"),
    /** A notice: the id was used before; the first request's stream is not touched. */
    DUPLICATE_ID("duplicate_id"),
    /** A notice: nothing was asked for under the id that a {@link RequestOp#JOIN} names. */
    NOT_FOUND("not_found"),
    /** A fault of ours. */
    INTERNAL("internal_error");

    private final String code;

    ErrorCode(String code) {
        this.code = code;
    }

    /** The word in the record. */
    public String code() {
        return code;
    }
}
