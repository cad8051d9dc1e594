package dev.tropical.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.simulator.SimulatedRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** A record as one line of JSON; times are milliseconds with three decimals. */
final class RecordJson {
    private static final double NS_PER_MS = 1e6;
    private static final double THOUSAND = 1e3;
    private static final ObjectMapper JSON = new ObjectMapper();

    private RecordJson() {}

    static String write(RequestRecord record) {
        SimulatedRequest request = record.request();
        ObjectNode json = JSON.createObjectNode();
        json.put("id", request.id())
                .put("due_ms", rounded(request.arrivedNs() / NS_PER_MS))
                .put("late_ms", rounded(record.lateMs()))
                .put("prompt_tokens", request.promptTokens())
                .put("output_tokens", request.outputTokens())
                .put("slo_ttft_ms", rounded(request.slo().getTtftNs() / NS_PER_MS))
                .put("slo_tpot_ms", rounded(request.slo().getTpotNs() / NS_PER_MS))
                .put("outcome", record.outcome().name().toLowerCase(Locale.ROOT));
        if (record.isWarmUp()) {
            json.put("warm_up", true);
        }
        if (record.error() != null) {
            json.put("error", record.error());
        }
        ArrayNode times = json.putArray("chunk_ms");
        Arrays.stream(record.chunkMs()).map(RecordJson::rounded).forEach(times::add);
        if (Arrays.stream(record.chunkTokens()).anyMatch(count -> count != 1)) {
            Arrays.stream(record.chunkTokens()).forEach(json.putArray("chunk_tokens")::add);
        }
        if (record.lifecycle() != null) {
            record.lifecycle().write(json.putObject("timings"));
        }
        return json.toString();
    }

    /** As times are written; infinity stays. */
    static double rounded(double ms) {
        return Math.rint(ms * THOUSAND) / THOUSAND;
    }

    /**
     * @throws IOException when the line is no record
     */
    static RequestRecord read(JsonNode json) throws IOException {
        if (!json.has("due_ms") || !json.has("outcome")) {
            throw new IOException("no record: " + json + " (expected: due_ms, outcome, ...)");
        }
        double[] chunkMs = numbers(json.path("chunk_ms"));
        double[] counts = numbers(json.path("chunk_tokens"));
        int[] chunkTokens = new int[chunkMs.length];
        for (int i = 0; i < chunkTokens.length; i++) {
            chunkTokens[i] = counts.length == 0 ? 1 : (int) counts[i];
        }
        return new RequestRecord(
                request(json),
                json.path("warm_up").asBoolean(),
                json.path("late_ms").asDouble(),
                Outcome.valueOf(json.path("outcome").asText().toUpperCase(Locale.ROOT)),
                json.has("error") ? json.path("error").asText() : null,
                chunkMs,
                chunkTokens,
                Lifecycle.of(json.path("timings")).orElse(null));
    }

    private static SimulatedRequest request(JsonNode json) {
        Slo slo =
                Slo.newBuilder()
                        .setTtftNs(Math.round(json.path("slo_ttft_ms").asDouble() * NS_PER_MS))
                        .setTpotNs(Math.round(json.path("slo_tpot_ms").asDouble() * NS_PER_MS))
                        .build();
        return new SimulatedRequest(
                json.path("id").asText(),
                Math.round(json.path("due_ms").asDouble() * NS_PER_MS),
                json.path("prompt_tokens").asInt(),
                json.path("output_tokens").asInt(),
                slo);
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asDouble();
        }
        return numbers;
    }
}
