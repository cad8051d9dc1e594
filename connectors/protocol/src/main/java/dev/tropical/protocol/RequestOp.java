package dev.tropical.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a record of the requests topic may ask of a request, under the request's own key: {@code
 * {"id":"...","op":"cancel"}}. The last two name the SHA-256 of the body that their sender holds,
 * and do nothing to a request with another one.
 */
public enum RequestOp {
    /** Ends the request, whoever else waits for it. */
    CANCEL("cancel"),
    /** One of those who asked for the request goes away; with the last one it is cancelled. */
    LEAVE("leave"),
    /** Asks for the request once more, as its body would, but never begins it. */
    JOIN("join");

    /** The field that says which one. */
    public static final String FIELD = "op";

    /** The field with the body's hash, lower-case hex. */
    public static final String BODY_SHA256 = "body_sha256";

    private final String word;

    RequestOp(String word) {
        this.word = word;
    }

    /** The op of that name, or null. */
    public static @Nullable RequestOp of(String word) {
        for (RequestOp op : values()) {
            if (op.word.equals(word)) {
                return op;
            }
        }
        return null;
    }

    /**
     * UTF-8 JSON.
     *
     * @param bodySha256 null with {@link #CANCEL}
     */
    public byte[] encode(String requestId, @Nullable String bodySha256) {
        ObjectNode json = CompletionJson.MAPPER.createObjectNode();
        json.put("id", requestId).put(FIELD, word);
        if (bodySha256 != null) {
            json.put(BODY_SHA256, bodySha256);
        }
        try {
            return CompletionJson.MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "request id cannot be written as JSON: " + requestId, e);
        }
    }
}
