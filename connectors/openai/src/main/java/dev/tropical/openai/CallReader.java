package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.openai.ApiField.Use;
import dev.tropical.openai.Call.Choices;
import dev.tropical.openai.monitor.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes a plan of a body: what the gateway itself acts on, and the requests that go to the topic.
 * Refuses what only the gateway can see to be wrong; admission validates the rest. A request's body
 * depends on the call's alone, so that a repeated call makes the same requests.
 */
final class CallReader {
    /** Each prompt is a request of its own, and takes as much of the topic. */
    private static final int MAX_PROMPTS = 128;

    private final Endpoint endpoint;
    private final ObjectNode forwarded = Json.object();
    private @Nullable JsonNode bestOf;
    private @Nullable JsonNode parallelToolCalls;
    private @Nullable JsonNode requestId;
    private @Nullable JsonNode stream;
    private @Nullable JsonNode streamOptions;

    private CallReader(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * @param servedModel for a body that names none
     * @throws ApiException invalid_request, naming the field
     */
    static CallPlan read(
            Endpoint endpoint,
            CallHeaders headers,
            byte[] body,
            String servedModel,
            long createdSeconds) {
        CallReader reader = new CallReader(endpoint);
        reader.sort(Json.readObject(body));
        reader.addSlo(headers.slo());
        String id = reader.requestId(headers.requestId());
        boolean isStream = flag(ApiFields.STREAM, reader.stream);
        boolean includesUsage = StreamOptions.includesUsage(reader.streamOptions, isStream);
        Choices choices =
                BestOf.read(reader.bestOf, isStream, reader.maxToolCalls(), reader.forwarded);
        List<JsonNode> prompts = reader.prompts();
        Call call =
                new Call(
                        endpoint,
                        id.startsWith(endpoint.idPrefix()) ? id : endpoint.idPrefix() + id,
                        reader.forwarded.path(ApiFields.MODEL).asText(servedModel),
                        createdSeconds,
                        isStream,
                        includesUsage,
                        Math.max(1, prompts.size()),
                        choices);
        return new CallPlan(
                call,
                id,
                reader.parts(id, prompts),
                seen(headers, call),
                reader.objective(),
                headers.outlivesClient());
    }

    private static @Nullable EventId seen(CallHeaders headers, Call call) {
        if (headers.lastEventId() == null) {
            return null;
        }
        if (!call.isStream()) {
            throw ApiError.invalid(EventId.HEADER, "given", "only with \"stream\": true")
                    .asException();
        }
        return EventId.parse(headers.lastEventId(), call.prompts());
    }

    /** Null counts as absent, everywhere. */
    private void sort(ObjectNode body) {
        ApiFields fields = ApiFields.of(endpoint);
        for (Map.Entry<String, JsonNode> entry : body.properties()) {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            if (name.equals(endpoint.othersInput())) {
                throw ApiError.invalid(name, "given", endpoint.input() + " at " + endpoint.path())
                        .asException();
            }
            ApiField field = fields.named(name);
            if (value.isNull()) {
                continue;
            }
            field.check(value);
            if (field.use() == Use.FORWARDED) {
                forwarded.set(name, value);
            } else if (field.use() == Use.GATEWAY) {
                keep(name, value);
            }
        }
    }

    private void keep(String name, JsonNode value) {
        switch (name) {
            case ApiFields.BEST_OF -> bestOf = value;
            case ApiFields.PARALLEL_TOOL_CALLS -> parallelToolCalls = value;
            case ApiFields.REQUEST_ID -> requestId = value;
            case ApiFields.STREAM -> stream = value;
            case ApiFields.STREAM_OPTIONS -> streamOptions = value;
            default ->
                    throw new IllegalStateException(
                            name + " (expected: a field that the gateway acts on)");
        }
    }

    private void addSlo(@Nullable ObjectNode fromHeaders) {
        if (fromHeaders == null) {
            return;
        }
        if (forwarded.has(ApiFields.SLO)) {
            throw ApiError.invalid(ApiFields.SLO, "beside x-slo-... headers", "one of the two")
                    .asException();
        }
        forwarded.set(ApiFields.SLO, fromHeaders);
    }

    /** For what the gateway measures; admission checks it. */
    private Objective objective() {
        JsonNode slo = forwarded.path(ApiFields.SLO);
        return new Objective(slo.path("ttft_ms").asDouble(), slo.path("tpot_ms").asDouble());
    }

    /** Tools that the template shows may be called; a template shows none that it is not given. */
    private int maxToolCalls() {
        boolean isParallel =
                parallelToolCalls == null || flag(ApiFields.PARALLEL_TOOL_CALLS, parallelToolCalls);
        boolean showsTools =
                !forwarded.path(ApiFields.TOOLS).isEmpty()
                        && !forwarded.path(ApiFields.TOOL_CHOICE).asText().equals("none");
        return showsTools ? (isParallel ? Integer.MAX_VALUE : 1) : 0;
    }

    private String requestId(@Nullable String header) {
        if (requestId == null) {
            return header != null
                    ? header
                    : endpoint.idPrefix() + UUID.randomUUID().toString().replace("-", "");
        }
        if (!requestId.isTextual() || (header != null && !header.equals(requestId.textValue()))) {
            throw ApiError.invalid(
                            ApiFields.REQUEST_ID,
                            requestId,
                            "a string, the same as the header " + CallHeaders.REQUEST_ID)
                    .asException();
        }
        return String.valueOf(CallHeaders.ofId(requestId.textValue()).requestId());
    }

    /** The prompts of a list of prompts; none when the body's own input is the one request. */
    private List<JsonNode> prompts() {
        JsonNode prompt = forwarded.path(ApiFields.PROMPT);
        boolean isList =
                endpoint == Endpoint.COMPLETIONS
                        && prompt.isArray()
                        && (prompt.path(0).isTextual() || prompt.path(0).isArray());
        if (!isList) {
            return List.of();
        }
        if (prompt.size() > MAX_PROMPTS) {
            throw ApiError.invalid(
                            ApiFields.PROMPT, prompt.size() + " prompts", "at most " + MAX_PROMPTS)
                    .asException();
        }
        List<JsonNode> prompts = new ArrayList<>(prompt.size());
        for (JsonNode one : prompt) {
            if (one.getNodeType() != prompt.get(0).getNodeType()) {
                throw ApiError.invalid(
                                ApiFields.PROMPT, one, "all strings, or all lists of token ids")
                        .asException();
            }
            prompts.add(one);
        }
        return prompts;
    }

    private List<CallPlan.Part> parts(String id, List<JsonNode> prompts) {
        if (prompts.isEmpty()) {
            return List.of(new CallPlan.Part(id, Json.writeBytes(forwarded)));
        }
        List<CallPlan.Part> parts = new ArrayList<>(prompts.size());
        for (int i = 0; i < prompts.size(); i++) {
            forwarded.set(ApiFields.PROMPT, prompts.get(i));
            String partId = prompts.size() == 1 ? id : id + "#" + i;
            parts.add(new CallPlan.Part(partId, Json.writeBytes(forwarded)));
        }
        return parts;
    }

    /**
     * @throws ApiException when the value is no boolean
     */
    static boolean flag(String name, @Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw ApiError.invalid(name, value, "true or false").asException();
        }
        return value.booleanValue();
    }
}
