package dev.tropical.flink.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.protocol.wire.AdmittedRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The demo model's text, against what transformers makes of the same folder. */
class DemoModelTest {
    private static final Path ROOT = Path.of("../..");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ModelCatalog catalog;
    private static ModelAssets model;
    private static JsonNode expected;

    @BeforeAll
    static void load() throws IOException {
        String folder = ROOT.resolve("deploy/models/tropical-tiny").toString();
        catalog = ModelCatalog.open(List.of(new ServedModel(folder, List.of("tropical-tiny"))));
        model = catalog.find("tropical-tiny");
        expected =
                JSON.readTree(
                        ROOT.resolve("gpu-engine/src/test/resources/fixtures/demo/expected.json")
                                .toFile());
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    @Test
    void shouldEncodePromptsWithTheirBos() {
        assertThat(expected.path("completions")).isNotEmpty();
        for (JsonNode completion : expected.path("completions")) {
            assertThat(model.tokenizer().encode(completion.path("prompt").asText(), true))
                    .isEqualTo(ids(completion.path("promptTokens")));
        }
    }

    @Test
    void shouldRenderAndEncodeChats() throws ChatTemplateException {
        assertThat(expected.path("chats")).isNotEmpty();
        for (JsonNode chat : expected.path("chats")) {
            List<?> messages = JSON.convertValue(chat.path("messages"), List.class);
            String text = model.chatTemplate().render(messages, null, true, Map.of());
            assertThat(text).isEqualTo(chat.path("rendered").asText());
            assertThat(model.tokenizer().encode(text, false))
                    .isEqualTo(ids(chat.path("promptTokens")));
        }
    }

    @Test
    void shouldDetokenizeWhatTheModelGenerates() {
        for (String kind : List.of("completions", "chats")) {
            for (JsonNode generated : expected.path(kind)) {
                assertThat(inPieces(generated.path("promptTokens"), generated.path("greedy")))
                        .isEqualTo(generated.path("text").asText());
            }
        }
    }

    private static String inPieces(JsonNode prompt, JsonNode generated) {
        AdmittedRequest.Builder request = AdmittedRequest.newBuilder().setSkipSpecialTokens(true);
        IntStream.of(ids(prompt)).forEach(request::addPromptTokenIds);
        Detokenizer detokenizer = Detokenizer.of(model.tokenizer(), request.build());
        StringBuilder text = new StringBuilder();
        IntStream.of(ids(generated)).forEach(id -> text.append(detokenizer.push(id)));
        return text.append(detokenizer.finish()).toString();
    }

    @Test
    void shouldMakeTheRoundTripOfAnyText() {
        assertThat(expected.path("roundTrips")).isNotEmpty();
        for (JsonNode trip : expected.path("roundTrips")) {
            int[] tokens = model.tokenizer().encode(trip.path("text").asText(), false);
            assertThat(tokens).isEqualTo(ids(trip.path("tokens")));
            assertThat(model.tokenizer().decode(tokens, false))
                    .isEqualTo(trip.path("text").asText());
        }
    }

    private static int[] ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }
}
