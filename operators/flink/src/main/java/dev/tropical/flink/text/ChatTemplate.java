package dev.tropical.flink.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.flink.text.jinja.JinjaException;
import dev.tropical.flink.text.jinja.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model's chat template: messages to the one text that the model was trained to go on from, as
 * transformers renders it. Safe for many threads at once.
 */
public final class ChatTemplate {
    private static final Logger LOG = LoggerFactory.getLogger(ChatTemplate.class);

    /** Some tens of milliseconds; the largest published templates take a tenth of it. */
    static final long LEAST_UNITS = 2_000_000;

    /** Each character of a message is looked through some ten times on its way into the prompt. */
    private static final long UNITS_PER_CHARACTER = 64;

    private final @Nullable Template template;
    private final String unreadable; // why there is no template
    private final Map<String, String> specialTokens;
    private final boolean isClients;

    /** A source that cannot be parsed spoils the model's chats, not its plain completions. */
    ChatTemplate(String source, Map<String, String> specialTokens) {
        this(source, specialTokens, false);
    }

    private ChatTemplate(String source, Map<String, String> specialTokens, boolean isClients) {
        Template parsed = null;
        String failure = "";
        try {
            parsed = Template.parse(source);
        } catch (JinjaException e) {
            failure = String.valueOf(e.getMessage());
        }
        if (parsed == null && !isClients) {
            LOG.warn("a chat template cannot be read, its model's chats will fail: {}", failure);
        }
        this.template = parsed;
        this.unreadable = failure;
        this.specialTokens = Map.copyOf(specialTokens);
        this.isClients = isClients;
    }

    /**
     * A template that came with a request, with the special tokens of the request's model. What it
     * may cost is bounded by {@link #LEAST_UNITS} and the variables' size.
     */
    public static ChatTemplate ofClient(String source, Map<String, String> specialTokens) {
        return new ChatTemplate(source, specialTokens, true);
    }

    /**
     * The template of a model folder: {@code chat_template.jinja}, else {@code chat_template} of
     * {@code tokenizer_config.json}; null when there is neither.
     *
     * @throws IOException when the file cannot be read
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
        return new ChatTemplate(source, SpecialTokens.of(tokenizerConfig).variables());
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
        if (template == null) {
            throw new ChatTemplateException("the chat template cannot be read: " + unreadable);
        }
        Map<String, @Nullable Object> variables = new HashMap<>(specialTokens);
        variables.putAll(extra);
        variables.put("messages", messages);
        variables.put("tools", tools);
        variables.put("add_generation_prompt", addGenerationPrompt);
        try {
            return isClients
                    ? template.render(variables, ZonedDateTime::now, units(variables))
                    : template.render(variables, ZonedDateTime::now);
        } catch (JinjaException e) {
            throw new ChatTemplateException("the chat template says: " + e.getMessage());
        }
    }

    private static long units(Map<String, ?> variables) {
        return LEAST_UNITS + UNITS_PER_CHARACTER * variables.toString().length();
    }
}
