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
    /** The largest published ones have a third of it. */
    private static final int MAX_TEMPLATE_CHARS = 64 * 1024;

    private final Fields fields;
    private final ModelAssets model;

    ChatPromptReader(Fields fields, ModelAssets model) {
        this.fields = fields;
        this.model = model;
    }

    /** The chat as the model's template renders it, special tokens among it. */
    String read() throws RequestFault {
        ChatTemplate template = template();
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
            if (fields.text("chat_template") != null) {
                String message = String.valueOf(e.getMessage());
                throw fields.fault("chat_template", message, "a template for these messages");
            }
            throw new RequestFault(
                    ErrorCode.INVALID_REQUEST,
                    "messages: " + e.getMessage() + " (expected: messages as the model takes them)",
                    "messages");
        }
    }

    /** The request's own, else the model's. */
    private ChatTemplate template() throws RequestFault {
        String own = fields.text("chat_template");
        if (own != null && own.length() > MAX_TEMPLATE_CHARS) {
            throw fields.fault(
                    "chat_template", own.length() + " characters", "at most " + MAX_TEMPLATE_CHARS);
        }
        if (own != null) {
            return ChatTemplate.ofClient(own, model.specialTokens());
        }
        if (model.chatTemplate() == null) {
            throw fields.fault(
                    "messages",
                    "model " + model.model().name() + " has no chat template",
                    "prompt, or chat_template");
        }
        return model.chatTemplate();
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
