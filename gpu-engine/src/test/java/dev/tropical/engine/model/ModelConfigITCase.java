package dev.tropical.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigITCase {
    private static final String LLAMA =
            """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "intermediate_size": 128,
             "num_hidden_layers": 4, "num_attention_heads": 4, "vocab_size": 100,
             "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "eos_token_id": [2, 3]}
            """;

    private final ObjectMapper mapper = new ObjectMapper();

    @TempDir Path folder;

    @Test
    void shouldFillInTheArchitecturesDefaults() throws Exception {
        ModelConfig config = read("{}");
        assertThat(config.architecture()).isEqualTo(Architecture.LLAMA);
        assertThat(config.headDim()).isEqualTo(16);
        assertThat(config.numKvHeads()).isEqualTo(4);
        assertThat(config.rope()).isEqualTo(new Rope(10_000, null));
        assertThat(config.windows()).containsOnly(0);
        assertThat(config.isTied()).isFalse();
        assertThat(config.biases()).isEqualTo(new ModelConfig.Biases(false, false, false));
        assertThat(config.eosTokenIds()).containsExactly(2, 3);
    }

    @Test
    void shouldPreferTheGenerationConfigsEndOfSequence() throws Exception {
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 7}");
        assertThat(read("{}").eosTokenIds()).containsExactly(7);
        Files.writeString(folder.resolve("generation_config.json"), "{}");
        assertThat(read("{}").eosTokenIds()).containsExactly(2, 3);
    }

    @Test
    void shouldReadRopeFromEitherPlace() throws Exception {
        String scaling =
                "\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1,"
                        + " \"high_freq_factor\": 4, \"original_max_position_embeddings\": 128";
        Rope expected = new Rope(500_000, new Rope.Llama3Scaling(8, 1, 4, 128));
        assertThat(read("{\"rope_theta\": 500000, \"rope_scaling\": {" + scaling + "}}").rope())
                .isEqualTo(expected);
        assertThat(read("{\"rope_parameters\": {\"rope_theta\": 500000, " + scaling + "}}").rope())
                .isEqualTo(expected);
    }

    @Test
    void shouldScaleSlowFrequenciesOnly() {
        Rope.Llama3Scaling scaling = new Rope.Llama3Scaling(8, 1, 4, 128);
        float[] plain = new Rope(10_000, null).frequencies(16);
        float[] scaled = new Rope(10_000, scaling).frequencies(16);
        assertThat(plain[0]).isEqualTo(1f);
        assertThat(plain[4]).isCloseTo(0.01f, within(1e-8f));
        assertThat(scaled[0]).isEqualTo(plain[0]);
        assertThat(scaled[4]).isCloseTo(plain[4] / 8, within(1e-9f));
    }

    @Test
    void shouldWindowTheLayersThatTheArchitectureWindows() throws Exception {
        String mistral = "\"architectures\": [\"MistralForCausalLM\"]";
        assertThat(read("{" + mistral + ", \"sliding_window\": 8}").windows()).containsOnly(8);
        assertThat(read("{" + mistral + ", \"sliding_window\": null}").windows()).containsOnly(0);
        String qwen =
                "\"architectures\": [\"Qwen2ForCausalLM\"], \"sliding_window\": 8,"
                        + " \"max_window_layers\": 3";
        assertThat(read("{" + qwen + "}").windows()).containsOnly(0);
        assertThat(read("{" + qwen + ", \"use_sliding_window\": true}").windows())
                .containsExactly(0, 0, 0, 8);
    }

    @Test
    void shouldKnowWhichProjectionsHaveBiases() throws Exception {
        assertThat(read("{\"attention_bias\": true, \"mlp_bias\": true}").biases())
                .isEqualTo(new ModelConfig.Biases(true, true, true));
        assertThat(read("{\"architectures\": [\"Qwen2ForCausalLM\"]}").biases())
                .isEqualTo(new ModelConfig.Biases(true, false, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"architectures": ["GPT2LMHeadModel"]} | architectures: ["GPT2LMHeadModel"] (expected: one of LlamaForCausalLM, InternLM2
                    {"architectures": null}       | architectures
                    {"hidden_size": null}         | hidden_size: null (expected: a positive number)
                    {"hidden_size": "64"}         | hidden_size: "64"
                    {"num_hidden_layers": 0}      | num_hidden_layers: 0
                    {"vocab_size": 1e10}          | vocab_size
                    {"head_dim": 20}              | head_dim: 20 (expected: a multiple of 16)
                    {"num_key_value_heads": 3}    | num_attention_heads: 4 (expected: a multiple of num_key_value_heads 3)
                    {"hidden_act": "gelu"}        | hidden_act: "gelu" (expected: silu)
                    {"rope_scaling": {"type": "yarn", "factor": 4}} | yarn
                    {"rope_scaling": {"rope_type": "llama3", "factor": 4}} | low_freq_factor
                    {"rope_theta": -1}            | rope_theta: -1.0
                    {"tie_word_embeddings": "no"} | tie_word_embeddings: "no" (expected: true or false)
                    {"torch_dtype": "int8"}       | torch_dtype: "int8"
                    """)
    void shouldNameTheKeyThatIsNotValid(String change, String expected) {
        assertThatThrownBy(() -> read(change))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("config.json: ")
                .hasMessageContaining(expected);
    }

    @Test
    void shouldNameTheMissingFile() {
        assertThatThrownBy(() -> ModelConfig.read(folder.resolve("nowhere")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("nowhere/config.json: cannot be read");
    }

    /** The Llama config with some keys changed. */
    private ModelConfig read(String changes) throws Exception {
        ObjectNode config = (ObjectNode) mapper.readTree(LLAMA);
        config.setAll((ObjectNode) mapper.readTree(changes));
        Files.writeString(folder.resolve("config.json"), config.toString());
        return ModelConfig.read(folder);
    }
}
