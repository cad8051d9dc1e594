package dev.tropical.engine.cpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.ModelConfig;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** A tiny random model and what transformers computes for it; see fixtures/README.md. */
public record Fixture(Path folder, ModelConfig config, List<Prompt> prompts) {
    /**
     * @param logits after each token of prompt + greedy but the last, [tokens][vocabSize]
     */
    public record Prompt(int[] tokens, int[] greedy, float[][] logits) {
        /** Prompt and greedy continuation, without its last token. */
        public int[] path() {
            int[] path = new int[tokens.length + greedy.length - 1];
            System.arraycopy(tokens, 0, path, 0, tokens.length);
            System.arraycopy(greedy, 0, path, tokens.length, greedy.length - 1);
            return path;
        }

        /** Of each token after the first {@code count} of prompt and continuation. */
        public double[] logProbabilities(int count) {
            float[] row = logits[count - 1];
            double total = 0;
            for (float logit : row) {
                total += Math.exp(logit);
            }
            double logTotal = Math.log(total);
            return IntStream.range(0, row.length).mapToDouble(i -> row[i] - logTotal).toArray();
        }
    }

    public static Fixture load(String name) throws Exception {
        Path folder = folder(name);
        ModelConfig config = ModelConfig.read(folder);
        JsonNode expected =
                new ObjectMapper().readTree(Files.readAllBytes(folder.resolve("expected.json")));
        List<Prompt> prompts = new ArrayList<>();
        for (JsonNode prompt : expected.path("prompts")) {
            int[] tokens = ints(prompt.path("tokens"));
            int[] greedy = ints(prompt.path("greedy"));
            int rows = tokens.length + greedy.length - 1;
            String tensor = "prompt." + prompts.size();
            float[][] values = logits(folder, tensor, rows, config.vocabSize());
            prompts.add(new Prompt(tokens, greedy, values));
        }
        return new Fixture(folder, config, prompts);
    }

    /** A tensor [rows][cols] of a fixture's expected.safetensors. */
    static float[][] logits(Path fixture, String tensor, int rows, int cols) throws Exception {
        // A checkpoint's only file has a fixed name.
        Path folder = Files.createTempDirectory("fixture");
        Path copy = folder.resolve("model.safetensors");
        Files.copy(fixture.resolve("expected.safetensors"), copy);
        Checkpoint tensors = Checkpoint.open(folder);
        Files.delete(copy);
        Files.delete(folder);
        float[][] values = new float[rows][cols];
        for (int row = 0; row < rows; row++) {
            tensors.get(tensor, rows, cols).read((long) row * cols, values[row], cols);
        }
        return values;
    }

    static Path folder(String name) throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(Fixture.class.getResource("/fixtures/" + name)).toURI());
    }

    static int[] ints(JsonNode list) {
        int[] values = new int[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i).asInt();
        }
        return values;
    }
}
