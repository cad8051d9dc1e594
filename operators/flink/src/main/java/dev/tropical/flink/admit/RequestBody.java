package dev.tropical.flink.admit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.RequestOp;
import dev.tropical.protocol.StrictJson;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A record's bytes as a JSON object. Says nothing yet on its fields but {@code id} and op. */
final class RequestBody {
    private static final ObjectMapper JSON = StrictJson.mapper().build();

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private RequestBody() {}

    /**
     * Reads a record.
     *
     * @throws RequestFault when the body is too large, no JSON object, or of another id
     */
    static ObjectNode parse(InferenceRequest request, int maxBytes) throws RequestFault {
        byte[] body = request.body();
        if (body.length > maxBytes) {
            throw new RequestFault(
                    ErrorCode.REQUEST_TOO_LARGE,
                    "request: " + body.length + " bytes (expected: at most " + maxBytes + ")",
                    "");
        }
        JsonNode root = read(body);
        if (!(root instanceof ObjectNode object)) {
            throw new RequestFault(
                    ErrorCode.INVALID_REQUEST,
                    "request: " + Shown.of(root) + " (expected: a JSON object)",
                    "");
        }
        JsonNode id = object.path("id");
        if (!id.isMissingNode() && !id.isNull() && !id.asText().equals(request.id())) {
            throw RequestFault.invalid("id", id, "the record's key, " + Shown.of(request.id()));
        }
        return object;
    }

    private static JsonNode read(byte[] body) throws RequestFault {
        try {
            return JSON.readTree(StrictJson.text(body));
        } catch (JsonProcessingException e) {
            throw notJson(
                    e.getOriginalMessage()
                            + (e.getLocation() == null
                                    ? ""
                                    : " at line "
                                            + e.getLocation().getLineNr()
                                            + ", column "
                                            + e.getLocation().getColumnNr()));
        } catch (CharacterCodingException e) {
            throw notJson("not UTF-8");
        }
    }

    private static RequestFault notJson(String why) {
        String shown = why.length() > 300 ? why.substring(0, 300) + "..." : why;
        return new RequestFault(ErrorCode.INVALID_REQUEST, "request is not JSON: " + shown, "");
    }

    /** Parses a JSON text within a field, or null when it is no object. */
    static @Nullable ObjectNode objectIn(String text) {
        try {
            return JSON.readTree(text) instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** JSON values as maps, lists, strings, numbers and booleans. */
    static Object plain(JsonNode node) {
        return JSON.convertValue(node, Object.class);
    }

    /** What it asks of the request that has its id; null when it is a request itself. */
    static @Nullable RequestOp op(ObjectNode body) throws RequestFault {
        JsonNode op = body.path(RequestOp.FIELD);
        if (op.isMissingNode() || op.isNull()) {
            return null;
        }
        RequestOp known = RequestOp.of(op.asText());
        if (known == null) {
            throw RequestFault.invalid(RequestOp.FIELD, op, "cancel, leave or join, or no op");
        }
        return known;
    }

    /** The hash by which a leave or a join names the body. */
    static byte[] bodySha256(ObjectNode op) throws RequestFault {
        JsonNode hash = op.path(RequestOp.BODY_SHA256);
        if (!SHA256.matcher(hash.asText()).matches()) {
            throw RequestFault.invalid(RequestOp.BODY_SHA256, hash, "64 lower-case hex digits");
        }
        return HexFormat.of().parseHex(hash.asText());
    }
}
