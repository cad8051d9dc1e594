package dev.tropical.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.FirstUse;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Notice;
import dev.tropical.protocol.CompletionRecord.Text;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link CompletionJson} writes. Unknown fields are skipped: a later build adds some.
 */
final class CompletionJsonReader {
    private static final int[] NO_TOKENS = {};
    private static final TokenLogprob[] NO_LOGPROBS = {};

    private CompletionJsonReader() {}

    static CompletionRecord read(byte[] body, Meta meta) throws WireException {
        JsonNode json = parse(body);
        String id = text(json, "id");
        String object = text(json, "object");
        return switch (object) {
            case "chunk" -> chunk(id, json, meta);
            case "ending" ->
                    json.hasNonNull("error")
                            ? Ending.bad(id, failure(json, "error"), meta)
                            : Ending.good(id, usage(json), meta);
            case "notice" -> new Notice(id, failure(json, "notice"), meta);
            default ->
                    throw new WireException(
                            "object: '" + object + "' (expected: chunk, ending or notice)");
        };
    }

    private static JsonNode parse(byte[] body) throws WireException {
        try {
            JsonNode json = CompletionJson.MAPPER.readTree(body);
            if (json.isObject()) {
                return json;
            }
        } catch (IOException e) {
            throw new WireException("completion record is not JSON: " + e.getMessage());
        }
        throw new WireException("completion record of " + body.length + " bytes is no object");
    }

    private static Chunk chunk(String id, JsonNode json, Meta meta) throws WireException {
        int choice = integer(json, "choice");
        Tokens tokens =
                new Tokens(
                        integer(json, "token_offset"), tokenIds(json), logprobs(json, "logprobs"));
        Text text = new Text(integer(json, "text_offset"), text(json, "text"));
        String reason = optionalText(json, "finish_reason");
        Finish finish =
                reason == null ? null : new Finish(reason, optionalText(json, "stop_reason"));
        TokenLogprob[] prompt = logprobs(json, "prompt_logprobs");
        return new Chunk(id, choice, tokens, text, finish, prompt, meta);
    }

    private static int[] tokenIds(JsonNode json) throws WireException {
        JsonNode array = array(json, "token_ids");
        int[] ids = array.isEmpty() ? NO_TOKENS : new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).asInt();
        }
        int count = integer(json, "token_count");
        if (count != ids.length) {
            throw new WireException(
                    "token_count: " + count + " (expected: " + ids.length + ", as token_ids)");
        }
        return ids;
    }

    private static TokenLogprob[] logprobs(JsonNode json, String field) throws WireException {
        JsonNode array = array(json, field);
        TokenLogprob[] logprobs = array.isEmpty() ? NO_LOGPROBS : new TokenLogprob[array.size()];
        for (int i = 0; i < logprobs.length; i++) {
            JsonNode one = array.get(i);
            JsonNode others = array(one, "top_logprobs");
            Alternative[] top = new Alternative[others.size()];
            for (int j = 0; j < top.length; j++) {
                JsonNode other = others.get(j);
                top[j] = new Alternative(integer(other, "token_id"), bytes(other), logprob(other));
            }
            int rank = one.path("rank").asInt();
            logprobs[i] =
                    new TokenLogprob(integer(one, "token_id"), bytes(one), logprob(one), top, rank);
        }
        return logprobs;
    }

    private static byte[] bytes(JsonNode json) throws WireException {
        JsonNode array = array(json, "bytes");
        byte[] bytes = new byte[array.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) array.get(i).asInt();
        }
        return bytes;
    }

    private static float logprob(JsonNode json) {
        return (float) json.path("logprob").asDouble(Double.NaN);
    }

    private static Usage usage(JsonNode json) throws WireException {
        JsonNode usage = json.path("usage");
        return new Usage(
                integer(usage, "prompt_tokens"),
                integer(usage, "completion_tokens"),
                integer(usage.path("prompt_tokens_details"), "cached_tokens"));
    }

    private static Failure failure(JsonNode json, String field) throws WireException {
        JsonNode failure = json.path(field);
        return new Failure(
                text(failure, "code"),
                text(failure, "message"),
                optionalText(failure, "param"),
                failure.hasNonNull("first") ? firstUse(failure.path("first")) : null);
    }

    private static FirstUse firstUse(JsonNode first) throws WireException {
        return new FirstUse(text(first, "body_sha256"), first.path("arrived_at_ms").asLong());
    }

    /** The array, or an empty node when there is none. */
    private static JsonNode array(JsonNode json, String field) throws WireException {
        JsonNode value = json.path(field);
        if (!value.isArray() && !value.isMissingNode() && !value.isNull()) {
            throw new WireException(field + ": " + value.getNodeType() + " (expected: an array)");
        }
        return value;
    }

    private static int integer(JsonNode json, String field) throws WireException {
        JsonNode value = json.path(field);
        if (!value.canConvertToInt() || value.asInt() < 0) {
            throw new WireException(field + ": " + value + " (expected: an integer >= 0)");
        }
        return value.asInt();
    }

    private static String text(JsonNode json, String field) throws WireException {
        String value = optionalText(json, field);
        if (value == null) {
            throw new WireException(field + ": nothing (expected: a string)");
        }
        return value;
    }

    private static @Nullable String optionalText(JsonNode json, String field) throws WireException {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw new WireException(field + ": " + value + " (expected: a string)");
        }
        return value.textValue();
    }
}
