package dev.tropical.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.ErrorCode;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ApiErrorTest {
    @Test
    void shouldGiveEachCodeOfTheProtocolItsStatus() {
        Map<ErrorCode, Integer> statuses = new EnumMap<>(ErrorCode.class);
        for (ErrorCode code : ErrorCode.values()) {
            statuses.put(code, ApiError.of(new Failure(code.code(), "m", null)).status());
        }

        assertThat(statuses)
                .isEqualTo(
                        Map.of(
                                ErrorCode.INVALID_REQUEST, 400,
                                ErrorCode.MODEL_NOT_FOUND, 404,
                                ErrorCode.CONTEXT_LENGTH_EXCEEDED, 400,
                                ErrorCode.REQUEST_TOO_LARGE, 413,
                                ErrorCode.QUEUE_TIMEOUT, 503,
                                ErrorCode.ENGINE_FAILED, 503,
                                ErrorCode.CANCELLED, 499,
                                ErrorCode.DUPLICATE_ID, 409,
                                ErrorCode.NOT_FOUND, 404,
                                ErrorCode.INTERNAL, 500));
    }

    @Test
    void shouldCallItTheServersFaultFrom500On() {
        assertThat(new ApiError(503, "engine_failed", "m", null).toJson())
                .contains("\"type\":\"server_error\"");
        assertThat(new ApiError(429, "overloaded", "m", null).toJson())
                .contains("\"type\":\"rate_limit_error\"");
        assertThat(new ApiError(404, "model_not_found", "m", "model").toJson())
                .isEqualTo(
                        "{\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\","
                                + "\"param\":\"model\",\"code\":\"model_not_found\"}}");
    }
}
