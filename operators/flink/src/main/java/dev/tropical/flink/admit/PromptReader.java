package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.flink.text.ChatTemplate;
import dev.tropical.flink.text.ChatTemplateException;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields that make the prompt: {@code prompt}, or {@code messages} and what goes with them. */
final class PromptReader {
    private final Fields fields;
    private final ModelAssets model;
    private final int contextTokens;

    PromptReader(Fields fields, ModelAssets model, int contextTokens) {
        this.fields = fields;
        this.model = model;
        this.contextTokens = contextTokens;
    }

    /** The prompt's token ids, at least one, and room for one more in the context. */
    int[] read(boolean isChat) throws RequestFault {
        String param = isChat ? "messages" : "prompt";
        int[] tokenIds = isChat ? chat() : completion();
        if (tokenIds.length == 0) {
            throw fields.fault(param, "no tokens", "at least one token");
        }
        if (tokenIds.length >= contextTokens) {
            throw tooLong(param, tokenIds.length + " tokens");
        }
        return tokenIds;
    }

    private int[] completion() throws RequestFault {
        JsonNode prompt = fields.value("prompt");
        if (prompt != null && prompt.isTextual()) {
            return encode("prompt", prompt.textValue(), true);
        }
        if (prompt == null || !prompt.isArray()) {
            throw fields.fault(
                    "prompt",
                    prompt == null ? "absent" : prompt,
                    "a string or a list of token ids");
        }
        if (prompt.size() >= contextTokens) {
            throw tooLong("prompt", prompt.size() + " tokens");
        }
        int[] tokenIds = new int[prompt.size()];
        for (int i = 0; i < tokenIds.length; i++) {
            tokenIds[i] = SamplingReader.checkedTokenId("prompt", prompt.get(i), model);
        }
        return tokenIds;
    }

    private int[] chat() throws RequestFault {
        ChatTemplate template = model.chatTemplate();
        if (template == null) {
            throw fields.fault(
                    "messages",
                    "model " + model.model().name() + " has no chat template",
                    "prompt");
        }
        List<Object> messages = Messages.read(fields);
        try {
            String text =
                    template.render(
                            messages,
                            tools(),
                            fields.flag("add_generation_prompt", true),
                            templateVariables());
            return encode("messages", text, false);
        } catch (ChatTemplateException e) {
            throw new RequestFault(
                    ErrorCode.INVALID_REQUEST,
                    "messages: " + e.getMessage() + " (expected: messages as the model takes them)",
                    "messages");
        }
    }

    private @Nullable List<?> tools() throws RequestFault {
        JsonNode tools = fields.value("tools");
        if (tools == null || tools.isEmpty()) {
            return null;
        }
        if (!(RequestBody.plain(tools) instanceof List<?> list)
                || !list.stream().allMatch(Map.class::isInstance)) {
            throw fields.fault("tools", tools, "a list of objects");
        }
        return list;
    }

    private Map<String, ?> templateVariables() throws RequestFault {
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

    private int[] encode(String param, String text, boolean addSpecialTokens) throws RequestFault {
        if (text.isEmpty()) {
            throw fields.fault(param, "empty", "at least one token");
        }
        // Spares the tokenizer texts that cannot fit: a token stands for so many bytes at most.
        if (text.length() / model.tokenizer().longestTokenBytes() >= contextTokens) {
            throw tooLong(param, text.length() + " characters");
        }
        return model.tokenizer().encode(text, addSpecialTokens);
    }

    private RequestFault tooLong(String param, String size) {
        return new RequestFault(
                ErrorCode.CONTEXT_LENGTH_EXCEEDED,
                param
                        + ": "
                        + size
                        + " (expected: at most "
                        + (contextTokens - 1)
                        + " tokens, so that one more fits the context of "
                        + contextTokens
                        + ")",
                param);
    }
}
