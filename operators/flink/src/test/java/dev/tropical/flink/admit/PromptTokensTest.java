package dev.tropical.flink.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.flink.text.TestModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptTokensTest {
    @TempDir Path folder;
    private ModelCatalog catalog;
    private PromptTokens tokens;

    @BeforeEach
    void load() throws IOException {
        catalog = ModelCatalog.open(List.of(TestModels.byteLevel(folder.resolve("tiny"))));
        tokens = new PromptTokens(catalog);
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void shouldMakeTheTokensOfARequestAndTheirText() throws Exception {
        int[] chat =
                tokens.tokenize(body("{'messages':[{'role':'user','content':'hello world'}]}"));

        assertThat(chat).startsWith(0, 3).endsWith(5, 4);
        assertThat(tokens.detokenize(body("{'tokens':" + List.of(0, 3, 5) + "}")))
                .isEqualTo("<s><|user|><|end|>");
        assertThat(tokens.textOf(body("{}"), chat[2])).isEqualTo("hello");
    }

    @Test
    void shouldTakePromptsBeyondTheContext() throws Exception {
        String words = "hello ".repeat(500);

        assertThat(tokens.tokenize(body("{'prompt':'" + words + "'}")))
                .hasSizeGreaterThan(TestModels.CONTEXT);
    }

    @Test
    void shouldNameTheFieldAtFault() {
        assertThatThrownBy(() -> tokens.tokenize(body("{'prompt':'a','model':'b'}")))
                .hasMessageContaining("model: b");
        assertThatThrownBy(() -> tokens.tokenize(body("{'prompt':'a','seed':1}")))
                .hasMessageContaining("seed: unknown field");
        assertThatThrownBy(() -> tokens.detokenize(body("{'tokens':[280]}")))
                .hasMessageContaining("tokens: 280");
        assertThatThrownBy(() -> tokens.detokenize(body("{}")))
                .hasMessageContaining("tokens: absent");
    }

    private static ObjectNode body(String json) throws IOException {
        return (ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"'));
    }
}
