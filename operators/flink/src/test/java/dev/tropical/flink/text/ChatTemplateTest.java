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
import java.time.Duration;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Each would take all time or memory there is. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ 'a' * 2000000000 }}",
                "{{ ('a' * 1000000) * 1000000 }}",
                "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}"
                        + "{% endfor %}",
                "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}"
                        + "{% endfor %}",
                "{% set n = namespace(x=[]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}"
                        + "{% endfor %}{{ n.x }}",
                "{% set n = namespace(x=[]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}"
                        + "{% endfor %}{{ n.x|tojson }}",
                "{% set n = namespace(x=1,y=1) %}{% for i in range(99) %}"
                        + "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}"
                        + "{{ n.x == n.y }}",
                "{% set n = namespace(x=1,y=1) %}{% for i in range(99) %}"
                        + "{% set n.x = {'a': n.x, 'b': n.x} %}{% set n.y = {'a': n.y, 'b': n.y} %}"
                        + "{% endfor %}{{ n.x == n.y }}",
                "{% set n = namespace(x=[]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}"
                        + "{% endfor %}{{ {n.x: 1} }}",
                "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
                "{% for i in range(99999) %}{{ range(99999)|list|length }}{% endfor %}",
                "{% for i in range(99999) %}{{ range(99999)|unique|length }}{% endfor %}",
                "{{ range(99999)|unique|list|length }}",
                "{{ ('a' * 99999)|replace('a', 'b' * 99999) }}",
                "{{ ('a' * 99999).replace('', 'b' * 99999) }}",
                "{% set a = 'a' * 99999 %}{% for i in range(99999) %}{{ a.find('b') }}{% endfor %}",
                "{% set a = 'a' * 99999 %}{% for i in range(99999) %}{{ 'b' in a }}{% endfor %}",
                "{% set a = 'a' * 9999 %}{{ range(99999)|join(a) }}",
                "{{ 'a\nb'|indent(2000000000) }}",
                "{{ [[[]]]|tojson(indent=1000000000) }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}"
            })
    void shouldBoundWhatAClientsTemplateCosts(String source) {
        ChatTemplate template = ChatTemplate.ofClient(source, SPECIAL);
        long startNs = System.nanoTime();
        assertThatThrownBy(() -> template.render(List.of(), null, true, Map.of()))
                .isInstanceOf(ChatTemplateException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - startNs))
                .isLessThan(Duration.ofSeconds(20));
    }

    @ParameterizedTest
    @CsvSource({
        "'(', 1, ')', inside each other",
        "'[', 1, ']', inside each other",
        "'1 if 1 else ', 1, '', inside each other",
        "'not ', 1, '', operators",
        "'- ', 1, '', operators",
        "'1 + ', 1, '', operators",
        "'1 or ', 1, '', operators",
        "'', a, '.a', operators",
        "'', a, '|list', operators"
    })
    void shouldRefuseAnExpressionThatGoesTooDeep(
            String before, String middle, String after, String why) {
        String source = "{{ " + before.repeat(5_000) + middle + after.repeat(5_000) + " }}";
        ChatTemplate template = ChatTemplate.ofClient(source, SPECIAL);
        assertThatThrownBy(() -> template.render(List.of(), null, true, Map.of()))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{% if 1 %}", "{% for i in a %}", "{% if 1 %}{% elif 1 %}"})
    void shouldRefuseBlocksThatGoTooDeep(String open) {
        ChatTemplate template = ChatTemplate.ofClient(open.repeat(5_000), SPECIAL);
        assertThatThrownBy(() -> template.render(List.of(), null, true, Map.of()))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining("blocks inside each other");
    }

    /** The bound is far from what a real template needs, also for a long chat. */
    @Test
    void shouldRenderEveryPublishedTemplateWithinTheBound() throws Exception {
        for (JsonNode template : fixture("templates")) {
            ChatTemplate clients =
                    ChatTemplate.ofClient(template.path("template").asText(), SPECIAL);
            for (JsonNode testCase : template.path("cases")) {
                if (testCase.has("expected")) {
                    assertThat(render(clients, testCase))
                            .isEqualTo(testCase.path("expected").asText());
                }
            }
        }
        String text = "Once upon a time. ".repeat(20_000);
        ChatTemplate trims =
                ChatTemplate.ofClient(
                        "{% for m in messages %}{{ m.content|trim }}{% endfor %}", SPECIAL);
        List<?> messages = Collections.nCopies(4, Map.of("role", "user", "content", text));
        assertThat(trims.render(messages, null, true, Map.of())).hasSize(4 * (text.length() - 1));
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
