package dev.tropical.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Records of the cells topic: {@code {"cell","queued_requests","queued_bytes","open","engines",
 * "decisions"}}. Readers skip fields that they do not know.
 */
public final class CellReportJson {
    private CellReportJson() {}

    /** UTF-8 JSON. */
    public static byte[] encode(CellReport value) {
        ObjectNode json = CompletionJson.MAPPER.createObjectNode();
        json.put("cell", value.depth().cell())
                .put("queued_requests", value.depth().queuedRequests())
                .put("queued_bytes", value.depth().queuedBytes())
                .put("open", value.depth().isOpen());
        var engines = json.putArray("engines");
        value.engines().forEach(engine -> write(engine, engines.addObject()));
        var decisions = json.putObject("decisions");
        new TreeMap<>(value.decisions()).forEach(decisions::put);
        try {
            return CompletionJson.MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree that cannot be written", e);
        }
    }

    private static void write(EngineLoad engine, ObjectNode json) {
        json.put("id", engine.id())
                .put("role", engine.role())
                .put("device", engine.device())
                .put("up", engine.isUp())
                .put("waiting", engine.waiting())
                .put("running_prefills", engine.runningPrefills())
                .put("running_decodes", engine.runningDecodes())
                .put("blocks_total", engine.blocksTotal())
                .put("blocks_free", engine.blocksFree())
                .put("prompt_tokens", engine.promptTokens())
                .put("generated_tokens", engine.generatedTokens())
                .put("preemptions", engine.preemptions())
                .put("finished", engine.finished());
    }

    /**
     * @throws WireException when the bytes are no such record
     */
    public static CellReport decode(byte[] body) throws WireException {
        try {
            JsonNode json = CompletionJson.MAPPER.readTree(body);
            JsonNode cell = json.path("cell");
            JsonNode open = json.path("open");
            if (cell.canConvertToInt() && open.isBoolean()) {
                CellDepth depth =
                        new CellDepth(
                                cell.asInt(),
                                json.path("queued_requests").asInt(),
                                json.path("queued_bytes").asLong(),
                                open.asBoolean());
                return new CellReport(
                        depth, engines(json.path("engines")), decisions(json.path("decisions")));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new WireException("cell record: " + e.getMessage());
        }
        throw new WireException(
                "cell record: "
                        + new String(body, StandardCharsets.UTF_8)
                        + " (expected: an object with cell and open)");
    }

    private static List<EngineLoad> engines(JsonNode array) {
        List<EngineLoad> engines = new ArrayList<>(array.size());
        for (JsonNode json : array) {
            engines.add(
                    new EngineLoad(
                            json.path("id").asText(),
                            json.path("role").asText(),
                            json.path("device").asText(),
                            json.path("up").asBoolean(),
                            json.path("waiting").asInt(),
                            json.path("running_prefills").asInt(),
                            json.path("running_decodes").asInt(),
                            json.path("blocks_total").asInt(),
                            json.path("blocks_free").asInt(),
                            json.path("prompt_tokens").asLong(),
                            json.path("generated_tokens").asLong(),
                            json.path("preemptions").asLong(),
                            json.path("finished").asLong()));
        }
        return engines;
    }

    private static Map<String, Long> decisions(JsonNode object) {
        Map<String, Long> decisions = new TreeMap<>();
        object.properties().forEach(e -> decisions.put(e.getKey(), e.getValue().asLong()));
        return decisions;
    }
}
