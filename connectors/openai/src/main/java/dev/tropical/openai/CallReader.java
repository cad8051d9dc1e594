package dev.tropical.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads from a body what the gateway itself needs, and passes over the rest: admission validates
 * the request. Refuses what only the gateway can see to be wrong: no JSON object, the other
 * endpoint's input, an operation of the topics.
 */
final class CallReader {
    private static final JsonFactory JSON = new JsonFactory();

    private final Endpoint endpoint;
    private String model;
    private boolean isStream;
    private boolean hasStreamOptions;
    private boolean includesUsage;

    private CallReader(Endpoint endpoint, String servedModel) {
        this.endpoint = endpoint;
        this.model = servedModel;
    }

    /**
     * @param servedModel for a body that names none
     * @throws ApiException invalid_request, naming the field
     */
    static Call read(
            Endpoint endpoint, String id, byte[] body, String servedModel, long createdSeconds) {
        CallReader reader = new CallReader(endpoint, servedModel);
        try (JsonParser parser = JSON.createParser(body)) {
            reader.readBody(parser);
        } catch (JsonProcessingException e) {
            throw ApiError.invalid("body: not JSON: " + e.getOriginalMessage(), null).asException();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot be: the body is in memory
        }
        if (reader.hasStreamOptions && !reader.isStream) {
            throw invalid("stream_options", "given", "only with \"stream\": true");
        }
        return new Call(
                endpoint, id, reader.model, createdSeconds, reader.isStream, reader.includesUsage);
    }

    private void readBody(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw ApiError.invalid("body: not a JSON object (expected: {\"model\": ...})", null)
                    .asException();
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            parser.nextToken();
            readField(field, parser);
        }
        if (parser.nextToken() != null) {
            throw ApiError.invalid("body: more after the JSON object (expected: its end)", null)
                    .asException();
        }
    }

    private void readField(String field, JsonParser parser) throws IOException {
        if (field.equals("model") && parser.currentToken() == JsonToken.VALUE_STRING) {
            model = parser.getText();
        } else if (field.equals("stream")) {
            isStream = readBoolean("stream", parser);
        } else if (field.equals("stream_options")) {
            readStreamOptions(parser);
        } else if (field.equals(endpoint.othersInput())) {
            throw invalid(field, "given", endpoint.input() + " at " + endpoint.path());
        } else if (field.equals("op")) {
            throw invalid(field, "given", "no such field; close the connection to cancel");
        } else {
            parser.skipChildren();
        }
    }

    private void readStreamOptions(JsonParser parser) throws IOException {
        hasStreamOptions = parser.currentToken() != JsonToken.VALUE_NULL;
        if (!hasStreamOptions) {
            return;
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw invalid("stream_options", parser.getText(), "an object");
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String option = parser.currentName();
            parser.nextToken();
            if (!option.equals("include_usage")) {
                throw invalid("stream_options." + option, "unknown", "include_usage");
            }
            includesUsage = readBoolean("stream_options.include_usage", parser);
        }
    }

    private static boolean readBoolean(String field, JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw invalid(field, parser.getText(), "true or false");
        };
    }

    private static ApiException invalid(String field, String value, String expected) {
        return ApiError.invalid(field + ": " + value + " (expected: " + expected + ")", field)
                .asException();
    }
}
