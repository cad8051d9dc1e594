package dev.tropical.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.engine.model.ModelConfig.Biases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link ModelConfig} from a folder; knows the defaults that each architecture's config class
 * has.
 */
final class ModelConfigReader {
    private final Path folder;
    private final Path file;
    private final JsonNode root;

    ModelConfigReader(Path folder) throws ModelLoadException {
        this.folder = folder;
        this.file = folder.resolve("config.json");
        this.root = JsonFiles.read(file);
    }

    ModelConfig read() throws ModelLoadException {
        Architecture architecture = architecture();
        requireText("hidden_act", "silu");
        int hiddenSize = positive("hidden_size", null);
        int numLayers = positive("num_hidden_layers", null);
        int numHeads = positive("num_attention_heads", null);
        int maxPositions = positive("max_position_embeddings", 2048);
        try {
            return new ModelConfig(
                    architecture,
                    hiddenSize,
                    positive("intermediate_size", null),
                    numLayers,
                    numHeads,
                    positive("num_key_value_heads", numHeads),
                    positive("head_dim", hiddenSize / numHeads),
                    positive("vocab_size", null),
                    maxPositions,
                    (float) root.path("rms_norm_eps").asDouble(1e-6),
                    rope(architecture),
                    windows(architecture, numLayers),
                    flag("tie_word_embeddings", false),
                    biases(architecture),
                    architecture == Architecture.QWEN3,
                    weightType(),
                    eosTokenIds());
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException(file + ": " + e.getMessage(), e);
        }
    }

    private Architecture architecture() throws ModelLoadException {
        JsonNode names = root.path("architectures");
        String name = names.path(0).asText();
        for (Architecture architecture : Architecture.values()) {
            if (names.size() == 1 && architecture.configName().equals(name)) {
                return architecture;
            }
        }
        String supported =
                Arrays.stream(Architecture.values())
                        .map(Architecture::configName)
                        .collect(Collectors.joining(", "));
        throw fault("architectures", names, "one of " + supported);
    }

    private Rope rope(Architecture architecture) throws ModelLoadException {
        // transformers 5 writes rope_parameters, with the base in it; older ones rope_scaling.
        JsonNode scaling =
                root.hasNonNull("rope_parameters")
                        ? root.path("rope_parameters")
                        : root.path("rope_scaling");
        double defaultTheta = architecture == Architecture.INTERNLM2 ? 1_000_000 : 10_000;
        JsonNode theta =
                scaling.hasNonNull("rope_theta")
                        ? scaling.path("rope_theta")
                        : root.path("rope_theta");
        String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
        return switch (type) {
            // Dynamic scaling begins past max_position_embeddings, which engines do not exceed.
            case "default", "dynamic" -> new Rope(theta.asDouble(defaultTheta), null);
            case "llama3" ->
                    new Rope(
                            theta.asDouble(defaultTheta),
                            new Rope.Llama3Scaling(
                                    scaling.path("factor").asDouble(),
                                    scaling.path("low_freq_factor").asDouble(),
                                    scaling.path("high_freq_factor").asDouble(),
                                    scaling.path("original_max_position_embeddings").asInt()));
            default -> throw fault("rope_scaling", scaling, "rope_type default, dynamic or llama3");
        };
    }

    private List<Integer> windows(Architecture architecture, int numLayers)
            throws ModelLoadException {
        boolean isUsed =
                switch (architecture) {
                    case MISTRAL -> true;
                    case QWEN2, QWEN3 -> flag("use_sliding_window", false);
                    case LLAMA, INTERNLM2 -> false;
                };
        int window =
                isUsed && root.hasNonNull("sliding_window") ? positive("sliding_window", null) : 0;
        // Qwen: the first max_window_layers layers see everything.
        int firstLayer =
                architecture == Architecture.MISTRAL ? 0 : root.path("max_window_layers").asInt(28);
        JsonNode types = root.path("layer_types");
        List<Integer> windows = new ArrayList<>();
        for (int layer = 0; layer < numLayers; layer++) {
            boolean isWindowed =
                    types.isArray()
                            ? types.path(layer).asText().equals("sliding_attention")
                            : layer >= firstLayer;
            windows.add(isWindowed ? window : 0);
        }
        return windows;
    }

    private Biases biases(Architecture architecture) throws ModelLoadException {
        return switch (architecture) {
            case LLAMA ->
                    new Biases(
                            flag("attention_bias", false),
                            flag("attention_bias", false),
                            flag("mlp_bias", false));
            case INTERNLM2 -> new Biases(flag("bias", false), flag("bias", false), false);
            case QWEN2 -> new Biases(true, false, false);
            case QWEN3 ->
                    new Biases(flag("attention_bias", false), flag("attention_bias", false), false);
            case MISTRAL -> new Biases(false, false, false);
        };
    }

    private DType weightType() throws ModelLoadException {
        JsonNode type = root.hasNonNull("dtype") ? root.path("dtype") : root.path("torch_dtype");
        return switch (type.asText("bfloat16").toLowerCase(Locale.ROOT)) {
            case "bfloat16" -> DType.BF16;
            case "float16" -> DType.F16;
            case "float32" -> DType.F32;
            default -> throw fault("torch_dtype", type, "bfloat16, float16 or float32");
        };
    }

    private List<Integer> eosTokenIds() throws ModelLoadException {
        Path generation = folder.resolve("generation_config.json");
        JsonNode ids =
                Files.exists(generation)
                        ? JsonFiles.read(generation).path("eos_token_id")
                        : root.path("eos_token_id");
        if (ids.isMissingNode() || ids.isNull()) {
            ids = root.path("eos_token_id");
        }
        List<Integer> eosTokenIds = new ArrayList<>();
        if (ids.isArray()) {
            ids.forEach(id -> eosTokenIds.add(id.asInt()));
        } else if (ids.isInt()) {
            eosTokenIds.add(ids.asInt());
        }
        return eosTokenIds;
    }

    private int positive(String key, @Nullable Integer fallback) throws ModelLoadException {
        JsonNode value = root.path(key);
        if ((value.isMissingNode() || value.isNull()) && fallback != null) {
            return fallback;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw fault(key, value, "a positive number");
        }
        return value.intValue();
    }

    private boolean flag(String key, boolean fallback) throws ModelLoadException {
        JsonNode value = root.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return fallback;
        }
        if (!value.isBoolean()) {
            throw fault(key, value, "true or false");
        }
        return value.booleanValue();
    }

    private void requireText(String key, String expected) throws ModelLoadException {
        if (!root.path(key).asText(expected).equals(expected)) {
            throw fault(key, root.path(key), expected);
        }
    }

    private ModelLoadException fault(String key, JsonNode value, String expected) {
        String shown = value.isMissingNode() ? "missing" : value.toString();
        return new ModelLoadException(
                file + ": " + key + ": " + shown + " (expected: " + expected + ")");
    }
}
