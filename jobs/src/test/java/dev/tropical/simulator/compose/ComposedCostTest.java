package dev.tropical.simulator.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepShape;
import dev.tropical.scheduling.cost.StepTime;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** InternLM2.5-20B on two A100s, by a part of the measured tables. */
class ComposedCostTest {
    private static final String A100 = "a100_sxm";

    private static Path tables() throws URISyntaxException {
        return Path.of(ComposedCostTest.class.getResource(A100 + ".yaml").toURI()).getParent();
    }

    private static ComposedCost internLm() throws Exception {
        return ComposedCost.read(tables(), A100, ModelShape.of("internlm2.5-20b"), 2);
    }

    @Test
    void shouldAddUpToThePublishedPrefillTimes() throws Exception {
        ComposedCost cost = internLm();
        double[] published = {2.5, 6.3, 10.9, 17.1, 24.5};
        for (int i = 0; i < published.length; i++) {
            int tokens = 20_000 * (i + 1);
            // The plot may include the host's time, which the operators do not.
            assertThat(cost.prefillSeconds(tokens) / published[i])
                    .as("%d tokens", tokens)
                    .isBetween(0.88, 1.0);
        }
    }

    @Test
    void shouldReadEachWeightOnceADecodeStep() throws Exception {
        // 20 GB a GPU at 2.039 TB/s are 9.8 ms; 48 layers of small kernels 0.9, of reduces 0.5 ms.
        assertThat(internLm().decodeSeconds(1, 1_024)).isBetween(0.0112, 0.018);
    }

    @Test
    void shouldFitTheStepFormulaToTheSum() throws Exception {
        ComposedCost composed = internLm();
        StepCost cost = composed.toStepCost();
        for (int tokens : new int[] {512, 2_048, 8_192, 32_768}) {
            double fitted = StepTime.stepNs(cost, StepShape.prefill(tokens, 0)) / 1e9;
            assertThat(fitted / composed.prefillSeconds(tokens)).isCloseTo(1, within(0.1));
        }
        for (int batch : new int[] {1, 8, 32}) {
            double fitted = StepTime.decodeNs(cost, batch, batch * 8_192L) / 1e9;
            assertThat(fitted / composed.decodeSeconds(batch, 8_192)).isCloseTo(1, within(0.15));
        }
    }

    @Test
    void shouldSayWhatTheTablesLack() throws Exception {
        ModelShape llama = ModelShape.of("llama-2-70b");
        assertThatThrownBy(() -> ComposedCost.read(tables(), A100, llama, 4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has no rows for 16/2 heads a GPU");
        assertThatThrownBy(() -> ComposedCost.read(tables(), A100, llama, 3))
                .hasMessage("tp: 3 (expected: a divisor of 8 KV heads)");
        assertThatThrownBy(() -> ModelShape.of("gpt-5"))
                .hasMessageContaining("model: 'gpt-5' (expected: one of [internlm2.5-20b,");
    }

    @Test
    void shouldReadHuggingFacesConfig(@TempDir Path folder) throws IOException {
        Path config = folder.resolve("config.json");
        Files.writeString(
                config,
                "{\"num_hidden_layers\": 2, \"hidden_size\": 64, \"num_attention_heads\": 4,"
                        + " \"intermediate_size\": 96, \"vocab_size\": 100}");
        assertThat(ModelShape.of(config.toString()))
                .as("heads of 64 / 4, each with its own keys and values")
                .isEqualTo(new ModelShape(2, 64, 4, 4, 16, 96, 100));
        Files.writeString(config, "{\"num_hidden_layers\": 2, \"num_attention_heads\": 4}");
        assertThatThrownBy(() -> ModelShape.of(config.toString()))
                .hasMessageContaining("hidden_size is missing");
    }

    @Test
    void shouldInterpolateLogarithmsAlongEachAxis() {
        LatencyGrid grid = new LatencyGrid();
        grid.put(1, 1, 10);
        grid.put(4, 4, 10);
        grid.put(10, 1, 100);
        grid.put(40, 4, 100);
        assertThat(grid.at(2, 10)).as("halfway between 1 and 4").isCloseTo(2, within(1e-9));
        assertThat(grid.at(4, 1_000)).as("beyond").isCloseTo(400, within(1e-6));
        assertThat(grid.at(0.5, 10)).as("before").isCloseTo(0.5, within(1e-9));
        assertThat(grid.at(4, 100)).isCloseTo(40, within(1e-9));
    }
}
