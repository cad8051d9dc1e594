package dev.tropical.simulator.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;

/**
 * A decoder's dimensions, as far as its speed depends on them.
 *
 * @param layers transformer blocks
 * @param hidden width
 * @param heads of queries
 * @param kvHeads of keys and values
 * @param headDim of each head
 * @param intermediate width of the gated feed-forward part
 * @param vocabulary rows of the LM head
 */
public record ModelShape(
        int layers,
        int hidden,
        int heads,
        int kvHeads,
        int headDim,
        int intermediate,
        int vocabulary) {
    private static final Map<String, ModelShape> KNOWN =
            Map.of(
                    "internlm2.5-20b", new ModelShape(48, 6_144, 48, 8, 128, 16_384, 92_544),
                    "llama-2-70b", new ModelShape(80, 8_192, 64, 8, 128, 28_672, 32_000),
                    "llama-3-8b", new ModelShape(32, 4_096, 32, 8, 128, 14_336, 128_256));

    public ModelShape {
        int[] values = {layers, hidden, heads, kvHeads, headDim, intermediate, vocabulary};
        for (int value : values) {
            if (value < 1) {
                throw new IllegalArgumentException(
                        "model dimension: " + value + " (expected: >= 1)");
            }
        }
    }

    /**
     * One by name, or by its {@code config.json} in Hugging Face's form.
     *
     * @throws IOException when it is neither; the message names it
     */
    public static ModelShape of(String nameOrFile) throws IOException {
        ModelShape known = KNOWN.get(nameOrFile);
        if (known != null) {
            return known;
        }
        Path file = Path.of(nameOrFile);
        if (!file.toFile().isFile()) {
            throw new IOException(
                    "model: '"
                            + nameOrFile
                            + "' (expected: one of "
                            + new TreeSet<>(KNOWN.keySet())
                            + ", or a config.json)");
        }
        JsonNode config = new ObjectMapper().readTree(file.toFile());
        int heads = field(config, "num_attention_heads", file);
        int hidden = field(config, "hidden_size", file);
        return new ModelShape(
                field(config, "num_hidden_layers", file),
                hidden,
                heads,
                config.path("num_key_value_heads").asInt(heads),
                config.path("head_dim").asInt(hidden / heads),
                field(config, "intermediate_size", file),
                field(config, "vocab_size", file));
    }

    private static int field(JsonNode config, String name, Path file) throws IOException {
        int value = config.path(name).asInt(0);
        if (value < 1) {
            throw new IOException(file + ": " + name + " is missing (expected: a number >= 1)");
        }
        return value;
    }

    /**
     * One rank's part.
     *
     * @throws IllegalArgumentException when the heads do not divide by {@code tp}
     */
    ModelShape rank(int tp) {
        if (tp < 1 || heads % tp != 0 || kvHeads % tp != 0) {
            throw new IllegalArgumentException(
                    "tp: " + tp + " (expected: a divisor of " + kvHeads + " KV heads)");
        }
        return new ModelShape(
                layers,
                hidden,
                heads / tp,
                kvHeads / tp,
                headDim,
                (intermediate + tp - 1) / tp,
                (vocabulary + tp - 1) / tp);
    }
}
