package dev.tropical.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.protocol.InferenceRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI 3.1 document. Bodies have the fields of {@link ApiFields}; what admission reads is
 * described as the schema of the requests topic has it.
 */
final class OpenApi {
    private static final String TOPIC_SCHEMA = "/schema/request.schema.json";
    private static final String DEFS = "#/$defs/";
    private static final String SCHEMAS = "#/components/schemas/";

    private final JsonNode topicSchema = readTopicSchema();
    private final ObjectNode document = Json.object();
    private final ObjectNode paths = Json.object();

    private OpenApi(String version) {
        document.put("openapi", "3.1.0");
        document.putObject("info").put("title", "Tropical").put("version", version);
        document.set("paths", paths);
        ObjectNode schemas = document.putObject("components").putObject("schemas");
        topicSchema
                .path("$defs")
                .properties()
                .forEach(def -> schemas.set(def.getKey(), def.getValue()));
    }

    /**
     * @param version the build's
     */
    static String document(String version, String model) {
        OpenApi api = new OpenApi(version);
        for (Endpoint endpoint : Endpoint.values()) {
            api.add("post", endpoint.path(), endpoint.summary(), body(endpoint, model))
                    .set("requestBody", content(api.bodySchema(endpoint), body(endpoint, model)));
        }
        ObjectNode prompt = Json.object().put("prompt", "Once upon a time");
        ObjectNode tokens = Json.object();
        tokens.putArray("tokens").add(1).add(2);
        api.add("post", "/tokenize", "Token ids of a prompt or of messages", prompt);
        api.add("post", "/detokenize", "Text of token ids", tokens);
        api.add("get", "/v1/models", "The served model", null);
        api.add("get", "/health", "200 while the gateway lives", null);
        api.add("get", "/ready", "200 while the job runs and an engine is up", null);
        api.add("get", "/metrics", "Prometheus' text format", null);
        api.add("get", "/version", "The build", null);
        return Json.write(api.document).replace(DEFS, SCHEMAS);
    }

    private ObjectNode add(
            String method, String path, String summary, @Nullable ObjectNode example) {
        ObjectNode operation = paths.withObject("/" + path.replace("/", "~1")).putObject(method);
        operation.put("summary", summary);
        if (example != null) {
            operation.set("requestBody", content(Json.object().put("type", "object"), example));
        }
        ObjectNode responses = operation.putObject("responses");
        responses.putObject("200").put("description", "OK");
        responses.putObject("default").put("description", "An error in OpenAI's shape");
        return operation;
    }

    private static ObjectNode content(ObjectNode schema, ObjectNode example) {
        ObjectNode json = Json.object();
        json.set("schema", schema);
        json.set("example", example);
        ObjectNode body = Json.object().put("required", true);
        body.putObject("content").set("application/json", json);
        return body;
    }

    private static ObjectNode body(Endpoint endpoint, String model) {
        ObjectNode body = Json.object().put("model", model);
        if (endpoint == Endpoint.COMPLETIONS) {
            body.put("prompt", "Once upon a time");
        } else {
            ArrayNode messages = body.putArray("messages");
            messages.addObject().put("role", "user").put("content", "What is a stream?");
        }
        return body.put("max_tokens", 32).put("stream", false);
    }

    private ObjectNode bodySchema(Endpoint endpoint) {
        ObjectNode schema = Json.object().put("type", "object").put("additionalProperties", false);
        schema.putArray("required").add(endpoint.input());
        ObjectNode properties = schema.putObject("properties");
        for (ApiField field : ApiFields.of(endpoint).all()) {
            properties.set(field.name(), property(field));
        }
        return schema;
    }

    private JsonNode property(ApiField field) {
        return switch (field.use()) {
            case FORWARDED ->
                    field.name().equals(ApiFields.PROMPT)
                            ? describedAs("Text, token ids, or a list of either.")
                            : topicSchema.path("else").path("properties").path(field.name());
            case GATEWAY ->
                    switch (field.name()) {
                        case ApiFields.STREAM ->
                                describedAs("Server-sent events.").put("type", "boolean");
                        case ApiFields.STREAM_OPTIONS ->
                                describedAs("include_usage: a last chunk with the usage.");
                        case ApiFields.BEST_OF ->
                                describedAs("Make so many choices, answer the likeliest n.");
                        default -> describedAs("The request's id, as x-request-id.");
                    };
            case IGNORED -> describedAs("Ignored.");
            case REFUSED ->
                    describedAs(
                            "Not supported yet: absent"
                                    + (field.harmless().isEmpty() ? "" : " or one of ")
                                    + String.join(", ", field.harmless()));
        };
    }

    private static ObjectNode describedAs(String description) {
        return Json.object().put("description", description);
    }

    private static JsonNode readTopicSchema() {
        try (InputStream schema = InferenceRequest.class.getResourceAsStream(TOPIC_SCHEMA)) {
            if (schema == null) {
                throw new IllegalStateException(TOPIC_SCHEMA + " is missing in the protocol's jar");
            }
            return Json.readObject(schema.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
