package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.flink.text.ChatTemplate;
import dev.tropical.flink.text.ChatTemplateException;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code messages} and what goes with them, to the text that the model goes on from. */
final class ChatPromptReader {
    private final Fields fields;
    private final ModelAssets model;

    ChatPromptReader(Fields fields, ModelAssets model) {
        this.fields = fields;
        this.model = model;
    }

    /** The chat as the model's template renders it, special tokens among it. */
    String read() throws RequestFault {
        ChatTemplate template = model.chatTemplate();
        if (template == null) {
            throw fields.fault(
                    "messages",
                    "model " + model.model().name() + " has no chat template",
                    "prompt");
        }
        List<Object> messages = Messages.read(fields);
        boolean continues = fields.flag("continue_final_message", false);
        boolean opensTurn = fields.flag("add_generation_prompt", !continues);
        if (continues && opensTurn) {
            throw fields.fault(
                    "continue_final_message", true, "no add_generation_prompt: true beside it");
        }
        try {
            String text =
                    template.render(
                            messages, new ToolsReader(fields).read(), opensTurn, variables());
            return continues ? upToFinalMessage(text, messages) : text;
        } catch (ChatTemplateException e) {
            throw new RequestFault(
                    ErrorCode.INVALID_REQUEST,
                    "messages: " + e.getMessage() + " (expected: messages as the model takes them)",
                    "messages");
        }
    }

    private Map<String, ?> variables() throws RequestFault {
        JsonNode variables = fields.value("chat_template_kwargs");
        if (variables == null) {
            return Map.of();
        }
        if (!variables.isObject()) {
            throw fields.fault("chat_template_kwargs", variables, "an object");
        }
        @SuppressWarnings("unchecked") // a JSON object's keys are strings
        Map<String, ?> map = (Map<String, ?>) RequestBody.plain(variables);
        return map;
    }

    /**
     * Cuts off what the template puts behind the last message, so that the model goes on with it;
     * as transformers does: a template may have trimmed the message.
     */
    private String upToFinalMessage(String text, List<Object> messages) throws RequestFault {
        String message = contentOf(messages.get(messages.size() - 1));
        int start = message.isBlank() ? -1 : text.lastIndexOf(message.strip());
        if (start < 0) {
            throw fields.fault(
                    "continue_final_message", true, "a last message that the template shows");
        }
        boolean isUntrimmed = text.startsWith(message.stripLeading(), start);
        String shown = isUntrimmed ? message.stripLeading() : message.strip();
        return text.substring(0, start + shown.length());
    }

    private static String contentOf(Object message) {
        @Nullable Object content = ((Map<?, ?>) message).get("content");
        return content == null ? "" : content.toString();
    }
}
