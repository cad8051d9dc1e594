package dev.tropical.flink.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's chat template: messages to the one text that the model was trained to go on from, as
 * transformers renders it. Safe for many threads at once.
 */
public final class ChatTemplate {
    private static final Jinjava ENGINE = TemplateEngine.create();

    private final String source;
    private final Map<String, String> specialTokens;

    ChatTemplate(String source, Map<String, String> specialTokens) {
        this.source = TemplateEngine.adapt(source);
        this.specialTokens = Map.copyOf(specialTokens);
    }

    /**
     * The template of a model folder: {@code chat_template.jinja}, else {@code chat_template} of
     * {@code tokenizer_config.json}; null when there is neither.
     */
    static @Nullable ChatTemplate read(Path modelDirectory, JsonNode tokenizerConfig)
            throws IOException {
        Path file = modelDirectory.resolve("chat_template.jinja");
        String source =
                Files.isRegularFile(file)
                        ? Files.readString(file)
                        : sourceIn(tokenizerConfig.path("chat_template"));
        if (source.isEmpty()) {
            return null;
        }
        SpecialTokens special = SpecialTokens.of(tokenizerConfig);
        return new ChatTemplate(
                source, Map.of("bos_token", special.bos(), "eos_token", special.eos()));
    }

    /** The field is the template or a list of named ones, of which chats use {@code default}. */
    private static String sourceIn(JsonNode field) {
        for (JsonNode named : field) {
            if (named.path("name").asText().equals("default")) {
                return named.path("template").asText();
            }
        }
        return field.asText("");
    }

    /**
     * Renders a chat. The output holds the special tokens that the model wants.
     *
     * @param messages JSON values as maps, lists, strings, numbers and booleans
     * @param tools function descriptions, or null
     * @param addGenerationPrompt whether to open the assistant's turn at the end
     * @param extra further variables of the template, such as {@code enable_thinking}
     * @throws ChatTemplateException when the template refuses the messages or fails on them
     */
    public String render(
            List<?> messages,
            @Nullable List<?> tools,
            boolean addGenerationPrompt,
            Map<String, ?> extra)
            throws ChatTemplateException {
        Map<String, @Nullable Object> variables = new HashMap<>(specialTokens);
        variables.putAll(extra);
        variables.put("messages", messages);
        variables.put("tools", tools);
        variables.put("add_generation_prompt", addGenerationPrompt);
        TemplateEngine.Refusals refusals = new TemplateEngine.Refusals();
        variables.put(TemplateEngine.REFUSALS, refusals);
        RenderResult result = ENGINE.renderForResult(source, variables);
        if (refusals.first() != null) {
            throw new ChatTemplateException("the chat template refuses: " + refusals.first());
        }
        for (TemplateError error : result.getErrors()) {
            if (error.getSeverity() == TemplateError.ErrorType.FATAL) {
                throw new ChatTemplateException("the chat template fails: " + error.getMessage());
            }
        }
        return result.getOutput();
    }
}
