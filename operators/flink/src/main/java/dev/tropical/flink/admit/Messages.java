package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chat messages as templates take them: the content is a string, the arguments of tool calls are
 * objects. Fields that a template may know ({@code name}, {@code reasoning_content}) stay.
 */
final class Messages {
    private Messages() {}

    static List<Object> read(Fields fields) throws RequestFault {
        JsonNode messages = fields.value("messages");
        if (messages == null || !messages.isArray() || messages.isEmpty()) {
            throw fields.fault(
                    "messages", messages == null ? "absent" : messages, "a list of messages");
        }
        List<Object> plain = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            plain.add(RequestBody.plain(message("messages[" + i + "]", messages.get(i))));
        }
        return plain;
    }

    private static ObjectNode message(String name, JsonNode node) throws RequestFault {
        if (!(node instanceof ObjectNode given)) {
            throw RequestFault.invalid(name, node, "an object with role and content");
        }
        ObjectNode message = given.deepCopy();
        JsonNode role = message.path("role");
        if (!role.isTextual()) {
            throw RequestFault.invalid(
                    name + ".role", role.isMissingNode() ? "absent" : role, "a string");
        }
        boolean callsTools = message.path("tool_calls").size() > 0;
        message.put("content", content(name + ".content", message.get("content"), callsTools));
        if (callsTools) {
            parseArguments(message.path("tool_calls"));
        } else {
            message.remove("tool_calls"); // null or empty: there is none
        }
        return message;
    }

    private static String content(String name, @Nullable JsonNode content, boolean callsTools)
            throws RequestFault {
        if (content == null || content.isNull()) {
            if (callsTools) {
                return "";
            }
            throw RequestFault.invalid(name, "absent", "a string or a list of text parts");
        }
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray()) {
            throw RequestFault.invalid(name, content, "a string or a list of text parts");
        }
        List<String> parts = new ArrayList<>();
        for (JsonNode part : content) {
            if (!part.path("type").asText().equals("text") || !part.path("text").isTextual()) {
                throw RequestFault.invalid(name, part, "parts of type text");
            }
            parts.add(part.path("text").textValue());
        }
        return String.join("\n", parts);
    }

    /** OpenAI sends arguments as JSON within a string; templates want the object. */
    private static void parseArguments(JsonNode toolCalls) {
        for (JsonNode call : toolCalls) {
            if (call.path("function") instanceof ObjectNode function
                    && function.path("arguments").isTextual()) {
                ObjectNode arguments = RequestBody.objectIn(function.path("arguments").textValue());
                if (arguments != null) {
                    function.set("arguments", arguments);
                }
            }
        }
    }
}
