package dev.tropical.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Records of the cells topic: {@code {"cell","queued_requests","queued_bytes","open"}}. */
public final class CellDepthJson {
    private CellDepthJson() {}

    /** UTF-8 JSON. */
    public static byte[] encode(CellDepth value) {
        String json =
                "{\"cell\":%d,\"queued_requests\":%d,\"queued_bytes\":%d,\"open\":%b}"
                        .formatted(
                                value.cell(),
                                value.queuedRequests(),
                                value.queuedBytes(),
                                value.isOpen());
        return json.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @throws WireException when the bytes are no such record
     */
    public static CellDepth decode(byte[] body) throws WireException {
        try {
            JsonNode json = CompletionJson.MAPPER.readTree(body);
            JsonNode cell = json.path("cell");
            JsonNode open = json.path("open");
            if (cell.canConvertToInt() && open.isBoolean()) {
                return new CellDepth(
                        cell.asInt(),
                        json.path("queued_requests").asInt(),
                        json.path("queued_bytes").asLong(),
                        open.asBoolean());
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new WireException("cell record: " + e.getMessage());
        }
        throw new WireException(
                "cell record: "
                        + new String(body, StandardCharsets.UTF_8)
                        + " (expected: an object with cell and open)");
    }
}
