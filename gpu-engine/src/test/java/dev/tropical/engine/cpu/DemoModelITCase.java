package dev.tropical.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The demo model writes what transformers writes with it; see fixtures/README.md. */
class DemoModelITCase {
    /** Surefire runs in the module's folder. */
    private static final Path MODEL = Path.of("../deploy/models/tropical-tiny");

    @Test
    void shouldWriteWhatTransformersWrites() throws Exception {
        Path fixture = Fixture.folder("demo");
        JsonNode expected =
                new ObjectMapper().readTree(Files.readAllBytes(fixture.resolve("expected.json")));
        List<JsonNode> texts = new ArrayList<>();
        expected.path("completions").forEach(texts::add);
        expected.path("chats").forEach(texts::add);
        assertThat(texts).hasSizeGreaterThan(4);
        try (ForwardHarness harness = harness()) {
            for (JsonNode text : texts) {
                int[] prompt = Fixture.ints(text.path("promptTokens"));
                int[] greedy = Fixture.ints(text.path("greedy"));
                // Past these the best two logits are nearly equal, and either is right.
                int robust = text.path("robustTokens").asInt();
                float[][] logits = harness.logits(concatenate(prompt, greedy), 64);
                for (int i = 0; i < robust; i++) {
                    assertThat(Differences.argmax(logits[prompt.length - 1 + i]))
                            .as("token %d of %s", i, text.path("text").asText())
                            .isEqualTo(greedy[i]);
                }
            }
        }
    }

    @Test
    void shouldGiveTransformersLogits() throws Exception {
        Path fixture = Fixture.folder("demo");
        JsonNode first =
                new ObjectMapper()
                        .readTree(Files.readAllBytes(fixture.resolve("expected.json")))
                        .path("completions")
                        .path(0);
        int[] prompt = Fixture.ints(first.path("promptTokens"));
        try (ForwardHarness harness = harness()) {
            float[][] logits = harness.logits(prompt, 64);
            float[][] expected =
                    Fixture.logits(fixture, "prompt.0", prompt.length, logits[0].length);
            assertThat(Differences.relative(logits, expected)).isLessThan(5e-5);
        }
    }

    private static ForwardHarness harness() throws Exception {
        Checkpoint checkpoint = Checkpoint.open(MODEL);
        return new ForwardHarness(
                ModelConfig.read(MODEL),
                workers -> new CheckpointWeights(checkpoint, workers),
                2,
                1);
    }

    private static int[] concatenate(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
