package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.flink.text.Surrogates;
import dev.tropical.protocol.ErrorCode;
import dev.tropical.protocol.InferenceRequest;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.AdmittedRequest;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.Slo;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A request's JSON to a request with everything explicit, or a fault. Fields and defaults are those
 * of OpenAI's completions and chat completions, with vLLM's extras and {@code slo}. Defaults of
 * {@code generation_config.json} are not applied, but for its end-of-sequence tokens.
 */
final class RequestParser {
    private static final int DEFAULT_COMPLETION_TOKENS = 16;
    private static final int MAX_CHOICES = 128;
    private static final int MAX_STOPS = 16;
    private static final int MAX_STOP_CHARS = 1024;
    private static final float MAX_SLO_MS = 86_400_000; // a day
    private static final double NS_PER_MS = 1e6;

    /** OpenAI's fields that say nothing on the tokens. */
    static final Set<String> IGNORED =
            Set.of(
                    "id",
                    "op",
                    "user",
                    "stream",
                    "stream_options",
                    "metadata",
                    "store",
                    "service_tier",
                    "safety_identifier",
                    "prompt_cache_key",
                    "prompt_cache_retention",
                    "parallel_tool_calls",
                    "prediction",
                    "reasoning_effort",
                    "verbosity");

    private final ModelCatalog catalog;
    private final AdmitOptions options;

    RequestParser(ModelCatalog catalog, AdmitOptions options) {
        this.catalog = catalog;
        this.options = options;
    }

    /**
     * Parses and checks a request that is no cancellation.
     *
     * @param body its JSON
     * @throws RequestFault naming the field, its value and what was expected
     */
    AdmittedRequest.Builder parse(InferenceRequest request, ObjectNode body) throws RequestFault {
        Fields fields = new Fields(body, "");
        ModelAssets model = Models.named(fields, catalog);
        boolean isChat = isChat(fields);
        SamplingParams.Builder sampling =
                new SamplingReader(fields, model).read(isChat, Lanes.hash(request.id()));
        AdmittedRequest.Builder admitted =
                AdmittedRequest.newBuilder()
                        .setId(request.id())
                        .setModel(model.model().name())
                        .setLane(Lanes.of(request.id()))
                        .setCell(Cells.of(request.id(), options.cells()))
                        .setN(fields.integer("n", 1, 1, MAX_CHOICES))
                        .addAllStop(stops(fields))
                        .setIncludeStopInOutput(fields.flag("include_stop_str_in_output", false))
                        .setSkipSpecialTokens(fields.flag("skip_special_tokens", true))
                        .setEcho(!isChat && fields.flag("echo", false))
                        .setSlo(slo(fields))
                        .setArrivedAtMs(request.arrivedAtMs())
                        .setPriority(
                                fields.integer(
                                        "priority", 0, Integer.MIN_VALUE, Integer.MAX_VALUE));
        UnsupportedFields.check(fields, admitted.getN());
        PromptLogprobs.read(fields, admitted.getEcho(), sampling);
        int contextTokens = contextTokens(model);
        int[] prompt = new PromptReader(fields, model, contextTokens).read(isChat);
        for (int tokenId : prompt) {
            admitted.addPromptTokenIds(tokenId);
        }
        PromptLogprobs.requireRoom(fields, sampling, prompt.length);
        sampling.setMaxTokens(maxTokens(fields, isChat, contextTokens - prompt.length));
        requireMinTokensFit(fields, sampling);
        fields.requireNoOthers(IGNORED);
        return admitted.setSampling(sampling);
    }

    private int contextTokens(ModelAssets model) {
        return options.maxModelLen() == 0 ? model.maxPositionEmbeddings() : options.maxModelLen();
    }

    static boolean isChat(Fields fields) throws RequestFault {
        boolean hasMessages = fields.value("messages") != null;
        if (hasMessages && fields.value("prompt") != null) {
            throw fields.fault("prompt", "beside messages", "one of prompt and messages");
        }
        return hasMessages;
    }

    private static List<String> stops(Fields fields) throws RequestFault {
        JsonNode stop = fields.value("stop");
        if (stop == null) {
            return List.of();
        }
        if (!(stop.isTextual() || stop.isArray()) || stop.size() > MAX_STOPS) {
            throw fields.fault("stop", stop, "a string or at most " + MAX_STOPS + " of them");
        }
        List<String> stops = new ArrayList<>();
        for (JsonNode one : stop.isTextual() ? List.of(stop) : stop) {
            String text = one.isTextual() ? one.textValue() : "";
            if (text.isEmpty() || text.length() > MAX_STOP_CHARS || Surrogates.hasLone(text)) {
                throw fields.fault(
                        "stop", one, "strings of 1 to " + MAX_STOP_CHARS + " characters");
            }
            stops.add(text);
        }
        return stops;
    }

    private Slo slo(Fields fields) throws RequestFault {
        Slo.Builder slo =
                Slo.newBuilder()
                        .setTtftNs(options.defaultTtft().toNanos())
                        .setTpotNs(options.defaultTpot().toNanos());
        JsonNode given = fields.value("slo");
        if (given == null) {
            return slo.build();
        }
        if (!(given instanceof ObjectNode object)) {
            throw fields.fault("slo", given, "an object with ttft_ms and tpot_ms");
        }
        Fields sloFields = new Fields(object, "slo.");
        float ttftMs = sloFields.positive("ttft_ms", 0, MAX_SLO_MS);
        float tpotMs = sloFields.positive("tpot_ms", 0, MAX_SLO_MS);
        sloFields.requireNoOthers(Set.of());
        // A positive objective is at least a nanosecond: zero means that none was given.
        if (ttftMs > 0) {
            slo.setTtftNs(Math.max(1, Math.round(ttftMs * NS_PER_MS)));
        }
        if (tpotMs > 0) {
            slo.setTpotNs(Math.max(1, Math.round(tpotMs * NS_PER_MS)));
        }
        return slo.build();
    }

    /**
     * @param room tokens that the context has left after the prompt, at least 1
     */
    private static int maxTokens(Fields fields, boolean isChat, int room) throws RequestFault {
        int given = fields.integer("max_tokens", 0, 1, Integer.MAX_VALUE);
        int alias = isChat ? fields.integer("max_completion_tokens", 0, 1, Integer.MAX_VALUE) : 0;
        if (given > 0 && alias > 0 && given != alias) {
            throw fields.fault("max_completion_tokens", alias, "the same as max_tokens, " + given);
        }
        int wanted = Math.max(given, alias);
        if (wanted > room) {
            String param = alias > 0 ? "max_completion_tokens" : "max_tokens";
            throw new RequestFault(
                    ErrorCode.CONTEXT_LENGTH_EXCEEDED,
                    param
                            + ": "
                            + wanted
                            + " (expected: at most "
                            + room
                            + ", what the prompt leaves of the context)",
                    param);
        }
        int whenAbsent = isChat ? room : Math.min(room, DEFAULT_COMPLETION_TOKENS);
        return wanted == 0 ? whenAbsent : wanted;
    }

    private static void requireMinTokensFit(Fields fields, SamplingParams.Builder sampling)
            throws RequestFault {
        if (sampling.getMinTokens() > sampling.getMaxTokens()) {
            throw fields.fault(
                    "min_tokens",
                    sampling.getMinTokens(),
                    "at most max_tokens, " + sampling.getMaxTokens());
        }
    }
}
