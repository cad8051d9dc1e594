package dev.tropical.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the system itself says of a request: the {@code timings} header of its ending, milliseconds.
 *
 * @param ttftMs from the record's arrival on the topic to the first token in the job
 * @param queuedMs the part of it that is not the prefill
 * @param engineQueuedMs the part of that which it waited on an engine
 * @param prefillMs the prefill's first step to the first token
 * @param engines that worked on it
 */
public record Lifecycle(
        double ttftMs,
        double queuedMs,
        double engineQueuedMs,
        double prefillMs,
        List<String> engines) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public Lifecycle {
        engines = List.copyOf(engines);
    }

    /**
     * Of the header's text; empty when there is none or the request had no token.
     *
     * @throws IllegalArgumentException when it is no JSON
     */
    static Optional<Lifecycle> parse(@Nullable String timings) {
        if (timings == null) {
            return Optional.empty();
        }
        try {
            return of(JSON.readTree(timings));
        } catch (IOException e) {
            throw new IllegalArgumentException("timings: " + timings + " (expected: JSON)", e);
        }
    }

    static Optional<Lifecycle> of(JsonNode json) {
        if (!json.has("ttft_ms")) {
            return Optional.empty();
        }
        List<String> engines = new ArrayList<>();
        json.path("engines").forEach(engine -> engines.add(engine.asText()));
        return Optional.of(
                new Lifecycle(
                        json.path("ttft_ms").asDouble(),
                        json.path("queued_ms").asDouble(),
                        json.path("engine_queued_ms").asDouble(),
                        json.path("prefill_ms").asDouble(),
                        engines));
    }

    /** Under the header's names. */
    void write(ObjectNode json) {
        json.put("ttft_ms", ttftMs)
                .put("queued_ms", queuedMs)
                .put("engine_queued_ms", engineQueuedMs)
                .put("prefill_ms", prefillMs);
        engines.forEach(json.putArray("engines")::add);
    }
}
