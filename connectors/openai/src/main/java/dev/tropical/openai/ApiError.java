package dev.tropical.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.kafka.CompletionTimeoutException;
import dev.tropical.kafka.ConflictException;
import dev.tropical.kafka.ContradictionException;
import dev.tropical.kafka.NotFoundException;
import dev.tropical.protocol.CompletionRecord.Failure;
import org.jspecify.annotations.Nullable;

/**
 * An error as clients see it.
 *
 * @param status HTTP status, for answers that have not begun
 * @param code the protocol's word, or one of the gateway's: {@code timeout}, {@code slow_reader},
 *     {@code overloaded}, {@code no_engine}, {@code kafka_unavailable}, {@code not_found}, {@code
 *     invalid_api_key}
 * @param param the field at fault
 * @param retryAfterSeconds when to try again; 0 says nothing on it
 */
record ApiError(
        int status, String code, String message, @Nullable String param, int retryAfterSeconds) {

    ApiError(int status, String code, String message, @Nullable String param) {
        this(status, code, message, param, 0);
    }

    /** A request's fault that the gateway itself sees. */
    static ApiError invalid(String message, @Nullable String param) {
        return new ApiError(400, "invalid_request", message, param);
    }

    /** A value that is not as expected: {@code field: value (expected: ...)}. */
    static ApiError invalid(String field, Object value, String expected) {
        String message = field + ": " + Json.shortened(value) + " (expected: " + expected + ")";
        return invalid(message, field);
    }

    /** A bad ending, or a notice that ends the call. */
    static ApiError of(Failure failure) {
        return new ApiError(
                statusOf(failure.code()), failure.code(), failure.message(), failure.param());
    }

    /** A stream that was over without an ending. */
    static ApiError of(RuntimeException failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof CompletionTimeoutException) {
            return new ApiError(504, "timeout", message, null);
        }
        if (failure instanceof ConflictException) {
            return new ApiError(409, "duplicate_id", message, CallHeaders.REQUEST_ID);
        }
        if (failure instanceof NotFoundException) {
            return new ApiError(404, "not_found", message, EventId.HEADER);
        }
        if (failure instanceof ContradictionException) {
            return new ApiError(500, "internal_error", message, null);
        }
        return new ApiError(503, "kafka_unavailable", "Kafka: " + message, null);
    }

    private static int statusOf(String code) {
        return switch (code) {
            case "invalid_request", "context_length_exceeded" -> 400;
            case "model_not_found", "not_found" -> 404;
            case "duplicate_id" -> 409;
            case "request_too_large" -> 413;
            case "cancelled" -> 499;
            case "queue_timeout", "engine_failed" -> 503;
            default -> 500;
        };
    }

    ApiException asException() {
        return new ApiException(this);
    }

    /** OpenAI's error object, one line. */
    String toJson() {
        ObjectNode error = Json.object();
        error.put("message", message).put("type", type()).put("param", param).put("code", code);
        ObjectNode body = Json.object();
        body.set("error", error);
        return Json.write(body);
    }

    private String type() {
        if (status == 429) {
            return "rate_limit_error";
        }
        return status < 500 ? "invalid_request_error" : "server_error";
    }
}
