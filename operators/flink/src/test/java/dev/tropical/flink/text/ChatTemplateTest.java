package dev.tropical.flink.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> SPECIAL =
            Map.of("bos_token", "<s>", "eos_token", "</s>");

    /** Expectations are Jinja2's: see make_chat_templates.py. */
    @TestFactory
    Stream<DynamicTest> shouldRenderAsTransformersDoes() throws IOException {
        return StreamSupport.stream(fixture("templates").spliterator(), false)
                .flatMap(
                        template ->
                                StreamSupport.stream(template.path("cases").spliterator(), false)
                                        .map(c -> dynamicTest(template, c)));
    }

    private static JsonNode fixture(String name) throws IOException {
        try (InputStream in = ChatTemplateTest.class.getResourceAsStream("/chat-templates.json")) {
            return JSON.readTree(in).path(name);
        }
    }

    @TestFactory
    Stream<DynamicTest> shouldReadTheLanguageAsJinja2Does() throws IOException {
        return StreamSupport.stream(fixture("snippets").spliterator(), false)
                .map(
                        snippet -> {
                            String source = snippet.path("template").asText();
                            return DynamicTest.dynamicTest(source, () -> compare(source, snippet));
                        });
    }

    private static void compare(String source, JsonNode snippet) throws ChatTemplateException {
        ChatTemplate chat = new ChatTemplate(source, Map.of());
        if (snippet.has("fails")) {
            assertThatThrownBy(() -> chat.render(List.of(), null, false, Map.of()))
                    .isInstanceOf(ChatTemplateException.class);
        } else {
            assertThat(chat.render(List.of(), null, false, Map.of()))
                    .isEqualTo(snippet.path("expected").asText());
        }
    }

    private static DynamicTest dynamicTest(JsonNode template, JsonNode testCase) {
        String name = template.path("name").asText() + ": " + testCase.path("case").asText();
        ChatTemplate chat = new ChatTemplate(template.path("template").asText(), SPECIAL);
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    if (testCase.has("refusal")) {
                        assertThatThrownBy(() -> render(chat, testCase))
                                .isInstanceOf(ChatTemplateException.class)
                                .hasMessageContaining(testCase.path("refusal").asText());
                    } else {
                        assertThat(render(chat, testCase))
                                .isEqualTo(testCase.path("expected").asText());
                    }
                });
    }

    private static String render(ChatTemplate chat, JsonNode testCase)
            throws ChatTemplateException {
        Map<String, Object> variables =
                JSON.convertValue(testCase.path("variables"), new TypeReference<>() {});
        List<?> tools = JSON.convertValue(testCase.path("tools"), List.class);
        boolean prompt = (Boolean) variables.remove("add_generation_prompt");
        List<?> messages = JSON.convertValue(testCase.path("messages"), List.class);
        return chat.render(messages, tools, prompt, variables);
    }

    @Test
    void shouldTellTheDate() throws ChatTemplateException {
        ChatTemplate chat = new ChatTemplate("{{ strftime_now('%Y-%m-%d') }}", SPECIAL);
        assertThat(LocalDate.parse(chat.render(List.of(), null, true, Map.of())))
                .isBetween(LocalDate.now().minusDays(1), LocalDate.now());
    }

    @Test
    void shouldSayWhyATemplateFails() {
        ChatTemplate chat = new ChatTemplate("{% for m in %}", SPECIAL);
        assertThatThrownBy(() -> chat.render(List.of(), null, true, Map.of()))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining("cannot be read")
                .hasMessageContaining("expected: a value");
    }

    @Test
    void shouldTakeTheTemplateFileBeforeTheConfiguration(@TempDir Path folder) throws Exception {
        JsonNode config =
                JSON.readTree(
                        "{\"bos_token\":{\"content\":\"<b>\"},\"chat_template\":["
                                + "{\"name\":\"tool_use\",\"template\":\"no\"},"
                                + "{\"name\":\"default\",\"template\":\"{{ bos_token }}yes\"}]}");
        assertThat(ChatTemplate.read(folder, config).render(List.of(), null, true, Map.of()))
                .isEqualTo("<b>yes");
        Files.writeString(folder.resolve("chat_template.jinja"), "file");
        assertThat(ChatTemplate.read(folder, config).render(List.of(), null, true, Map.of()))
                .isEqualTo("file");
        assertThat(ChatTemplate.read(folder.resolve("none"), JSON.readTree("{}"))).isNull();
    }
}
