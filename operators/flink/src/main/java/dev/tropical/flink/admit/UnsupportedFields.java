package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;

/**
 * OpenAI's fields that ask for something that is not served. To leave them unread would answer
 * another question than the client's, so only the values that ask for nothing are taken.
 */
final class UnsupportedFields {
    /** JSON of the harmless values. */
    private static final Map<String, Set<String>> HARMLESS =
            Map.of(
                    "suffix", Set.of("\"\""),
                    "response_format", Set.of("{\"type\":\"text\"}"),
                    "modalities", Set.of("[\"text\"]"),
                    "functions", Set.of("[]"),
                    "function_call", Set.of("\"auto\"", "\"none\""),
                    "audio", Set.of(),
                    "web_search_options", Set.of());

    private UnsupportedFields() {}

    static void check(Fields fields, int choices) throws RequestFault {
        for (Map.Entry<String, Set<String>> field : HARMLESS.entrySet()) {
            JsonNode value = fields.value(field.getKey());
            if (value != null && !field.getValue().contains(value.toString())) {
                throw fields.fault(
                        field.getKey(),
                        value,
                        field.getValue().isEmpty()
                                ? "absent: not supported"
                                : "absent or one of " + field.getValue() + ": not supported");
            }
        }
        JsonNode bestOf = fields.value("best_of");
        if (bestOf != null && !bestOf.toString().equals(Integer.toString(choices))) {
            throw fields.fault("best_of", bestOf, "n, which is " + choices);
        }
    }
}
