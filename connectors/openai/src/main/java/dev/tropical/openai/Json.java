package dev.tropical.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.StrictJson;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/** JSON trees to text and back. */
final class Json {
    private static final ObjectMapper MAPPER =
            StrictJson.mapper()
                    // A number goes on as it came: 0.1 must not become another.
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /**
     * A client's body.
     *
     * @throws ApiException invalid_request when it is no JSON object
     */
    static ObjectNode readObject(byte[] body) {
        try {
            if (MAPPER.readTree(StrictJson.text(body)) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw ApiError.invalid("body: not JSON: " + shortened(e.getOriginalMessage()), null)
                    .asException();
        } catch (CharacterCodingException e) {
            throw ApiError.invalid("body: not UTF-8 (expected: JSON)", null).asException();
        }
        throw ApiError.invalid("body: not a JSON object (expected: {\"model\": ...})", null)
                .asException();
    }

    /** A JSON object that a model has written; null when it is none. */
    static @Nullable ObjectNode objectIn(String text) {
        try {
            return MAPPER.readTree(text) instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Values as messages show them: short, whatever the client sent. */
    static String shortened(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }

    /** On one line. */
    static String write(JsonNode tree) {
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree that cannot be written", e);
        }
    }

    /** On one line, UTF-8. */
    static byte[] writeBytes(JsonNode tree) {
        try {
            return MAPPER.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree that cannot be written", e);
        }
    }
}
