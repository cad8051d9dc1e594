package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code tools} and {@code tool_choice}: the tools that the chat template shows the model. All of
 * them, none, or the one function that the client names; nothing forces the model to call it.
 */
final class ToolsReader {
    private final Fields fields;

    ToolsReader(Fields fields) {
        this.fields = fields;
    }

    /** The tools to show, or null when there is none. */
    @Nullable List<?> read() throws RequestFault {
        List<Map<?, ?>> tools = tools();
        JsonNode choice = fields.value("tool_choice");
        if (choice == null || choice.asText().equals("auto")) {
            return tools.isEmpty() ? null : tools;
        }
        if (choice.asText().equals("none")) {
            return null;
        }
        JsonNode name = choice.path("function").path("name");
        if (!choice.path("type").asText().equals("function") || !name.isTextual()) {
            throw fields.fault("tool_choice", choice, "auto, none or a function by its name");
        }
        for (Map<?, ?> tool : tools) {
            if (tool.get("function") instanceof Map<?, ?> function
                    && name.textValue().equals(function.get("name"))) {
                return List.of(tool);
            }
        }
        throw fields.fault("tool_choice", choice, "the name of one of tools");
    }

    private List<Map<?, ?>> tools() throws RequestFault {
        JsonNode tools = fields.value("tools");
        if (tools == null) {
            return List.of();
        }
        if (!tools.isArray()) {
            throw fields.fault("tools", tools, "a list of objects");
        }
        List<Map<?, ?>> all = new ArrayList<>(tools.size());
        for (JsonNode tool : tools) {
            if (!tool.isObject()) {
                throw fields.fault("tools", tools, "a list of objects");
            }
            all.add((Map<?, ?>) RequestBody.plain(tool));
        }
        return all;
    }
}
