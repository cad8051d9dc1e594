package dev.tropical.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.protocol.CompletionRecord.Alternative;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Ending;
import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.Finish;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.CompletionRecord.Notice;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Tokens;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Completion records as JSON, {@code schema/completion.schema.json}. The same record always gives
 * the same bytes: fields have a fixed order, absent ones are left out, and {@link Meta} travels in
 * headers.
 */
public final class CompletionJson {
    /** Header of {@link Meta#epoch()}, decimal text. */
    public static final String EPOCH_HEADER = "epoch";

    /** Header of {@link Meta#timings()}, JSON. */
    public static final String TIMINGS_HEADER = "timings";

    /** Header of {@link Meta#request()}, hex. */
    public static final String REQUEST_HEADER = "request";

    // The fast writer formats floats itself: the JDK's own digits changed in 19, and a repeated
    // record must have the same bytes whichever JDK wrote it.
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                    .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(32 * 1024 * 1024)
                                    .build())
                    .build();

    static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

    private CompletionJson() {}

    /** UTF-8 JSON of the record without its {@link Meta}. */
    public static byte[] encode(CompletionRecord value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("id", value.id());
            if (value instanceof Chunk chunk) {
                writeChunk(chunk, json);
            } else if (value instanceof Ending ending) {
                writeEnding(ending, json);
            } else if (value instanceof Notice notice) {
                json.writeStringField("object", "notice");
                writeFailure("notice", notice.notice(), json);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write completion of " + value.id(), e);
        }
        return bytes.toByteArray();
    }

    /**
     * The record that {@link #encode} wrote.
     *
     * @throws WireException when the bytes are no such record, naming the field
     */
    public static CompletionRecord decode(byte[] body, Meta meta) throws WireException {
        return CompletionJsonReader.read(body, meta);
    }

    private static void writeChunk(Chunk value, JsonGenerator json) throws IOException {
        Tokens tokens = value.tokens();
        json.writeStringField("object", "chunk");
        json.writeNumberField("choice", value.choice());
        json.writeNumberField("token_offset", tokens.offset());
        json.writeNumberField("token_count", tokens.ids().length);
        json.writeFieldName("token_ids");
        json.writeArray(tokens.ids(), 0, tokens.ids().length);
        json.writeNumberField("text_offset", value.text().offset());
        json.writeStringField("text", value.text().value());
        writeLogprobs("logprobs", tokens.logprobs(), json);
        writeLogprobs("prompt_logprobs", value.prompt(), json);
        Finish finish = value.finish();
        if (finish != null) {
            json.writeStringField("finish_reason", finish.reason());
            if (finish.stopReason() != null) {
                json.writeStringField("stop_reason", finish.stopReason());
            }
        }
    }

    private static void writeLogprobs(String field, TokenLogprob[] values, JsonGenerator json)
            throws IOException {
        if (values.length > 0) {
            json.writeArrayFieldStart(field);
            for (TokenLogprob logprob : values) {
                writeLogprob(logprob, json);
            }
            json.writeEndArray();
        }
    }

    private static void writeLogprob(TokenLogprob value, JsonGenerator json) throws IOException {
        json.writeStartObject();
        writeToken(value.tokenId(), value.bytes(), value.logprob(), json);
        if (value.rank() > 0) {
            json.writeNumberField("rank", value.rank());
        }
        json.writeArrayFieldStart("top_logprobs");
        for (Alternative alternative : value.top()) {
            json.writeStartObject();
            writeToken(alternative.tokenId(), alternative.bytes(), alternative.logprob(), json);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    // Bytes as an array of numbers, as OpenAI has them: a token may be half a character.
    private static void writeToken(int tokenId, byte[] bytes, float logprob, JsonGenerator json)
            throws IOException {
        json.writeNumberField("token_id", tokenId);
        json.writeArrayFieldStart("bytes");
        for (byte b : bytes) {
            json.writeNumber(b & 0xff);
        }
        json.writeEndArray();
        if (!Float.isNaN(logprob)) { // which a prompt's first token has
            // JSON has no infinity; OpenAI writes the probability 0 as -9999.
            json.writeNumberField("logprob", Float.isFinite(logprob) ? logprob : -9999f);
        }
    }

    private static void writeEnding(Ending value, JsonGenerator json) throws IOException {
        json.writeStringField("object", "ending");
        json.writeBooleanField("final", true);
        if (value.error() != null) {
            writeFailure("error", value.error(), json);
        }
        if (value.usage() != null) {
            writeUsage(value.usage(), json);
        }
    }

    private static void writeUsage(Usage usage, JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("prompt_tokens", usage.promptTokens());
        json.writeNumberField("completion_tokens", usage.completionTokens());
        json.writeNumberField("total_tokens", usage.promptTokens() + usage.completionTokens());
        json.writeObjectFieldStart("prompt_tokens_details");
        json.writeNumberField("cached_tokens", usage.cachedTokens());
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeFailure(String field, Failure value, JsonGenerator json)
            throws IOException {
        json.writeObjectFieldStart(field);
        json.writeStringField("code", value.code());
        json.writeStringField("message", value.message());
        json.writeStringField("param", value.param());
        if (value.first() != null) {
            json.writeObjectFieldStart("first");
            json.writeStringField("body_sha256", value.first().bodySha256());
            json.writeNumberField("arrived_at_ms", value.first().arrivedAtMs());
            json.writeEndObject();
        }
        json.writeEndObject();
    }
}
