package dev.tropical.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;

/** A cancellation: {@code {"id":"...","op":"cancel"}}, under the request's own key. */
public final class CancelJson {
    private CancelJson() {}

    /** UTF-8 JSON. */
    public static byte[] encode(String requestId) {
        try {
            return CompletionJson.MAPPER.writeValueAsBytes(
                    CompletionJson.MAPPER
                            .createObjectNode()
                            .put("id", requestId)
                            .put("op", "cancel"));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "request id cannot be written as JSON: " + requestId, e);
        }
    }
}
