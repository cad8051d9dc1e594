package dev.tropical.flink.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the job knows of a served model's folder. Immutable, shared by all threads.
 *
 * @param model its folder and names
 * @param tokenizer text to token ids and back
 * @param chatTemplate null when the model has none
 * @param specialTokens as chat templates name them
 * @param eosTokenIds tokens that end a text: those of {@code config.json}, {@code
 *     generation_config.json} and {@code tokenizer_config.json} together, in ascending order
 * @param maxPositionEmbeddings the model's own context, tokens
 * @param vocabSize token ids are in [0, vocabSize)
 */
public record ModelAssets(
        ServedModel model,
        Tokenizer tokenizer,
        @Nullable ChatTemplate chatTemplate,
        Map<String, String> specialTokens,
        Set<Integer> eosTokenIds,
        int maxPositionEmbeddings,
        int vocabSize) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public ModelAssets {
        specialTokens = Map.copyOf(specialTokens);
        eosTokenIds = Collections.unmodifiableSet(new TreeSet<>(eosTokenIds));
    }

    /**
     * Reads the folder. The caller closes the tokenizer.
     *
     * @throws IOException naming the file and what it lacks
     */
    static ModelAssets load(ServedModel model) throws IOException {
        Path directory = Path.of(model.directory());
        Path configFile = directory.resolve("config.json");
        if (!Files.isRegularFile(configFile)) {
            throw new IOException("no " + configFile + " (expected: a Hugging Face model folder)");
        }
        JsonNode config = readJson(configFile);
        JsonNode generation = readJson(directory.resolve("generation_config.json"));
        JsonNode tokenizerConfig = readJson(directory.resolve("tokenizer_config.json"));
        int context = positive(configFile, config, "max_position_embeddings");
        int vocabSize = positive(configFile, config, "vocab_size");
        ChatTemplate template = ChatTemplate.read(directory, tokenizerConfig);
        SpecialTokens special = SpecialTokens.of(tokenizerConfig);
        Tokenizer tokenizer = Tokenizer.load(directory, special);
        Set<Integer> eos = new TreeSet<>();
        addIds(eos, config.path("eos_token_id"));
        addIds(eos, generation.path("eos_token_id"));
        if (tokenizer.idOf(special.eos()) >= 0) {
            eos.add(tokenizer.idOf(special.eos()));
        }
        return new ModelAssets(
                model, tokenizer, template, special.variables(), eos, context, vocabSize);
    }

    private static JsonNode readJson(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return JSON.missingNode();
        }
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new IOException(file + " is no JSON: " + e.getMessage(), e);
        }
    }

    private static int positive(Path file, JsonNode config, String field) throws IOException {
        int value = config.path(field).asInt();
        if (value <= 0) {
            throw new IOException(
                    file + ": " + field + " " + config.path(field) + " (expected: >= 1)");
        }
        return value;
    }

    /** One id, a list of them, or none. */
    private static void addIds(Set<Integer> ids, JsonNode field) {
        if (field.isInt()) {
            ids.add(field.intValue());
        }
        field.forEach(id -> ids.add(id.asInt()));
    }
}
