package dev.tropical.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.cpu.kernels.PackedMatrix;
import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.Rope;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The comparison with transformers' logits must notice each of these mistakes. */
class PlantedFaultsITCase {
    /** What the promise of 1e-3 must not let pass. */
    private static final double NOTICED = 1e-2;

    static Stream<Arguments> faultyConfigs() {
        return Stream.of(
                config("llama", "rope frequencies off by one", PlantedFaultsITCase::shiftRope),
                config("qwen3", "rope frequencies off by one", PlantedFaultsITCase::shiftRope),
                config(
                        "llama3-rope",
                        "no rope scaling",
                        c -> TestConfigs.withRope(c, new Rope(c.rope().theta(), null))),
                config("mistral", "window one too wide", c -> TestConfigs.withWindow(c, 17)),
                config("mistral", "window one too narrow", c -> TestConfigs.withWindow(c, 15)),
                config("mistral", "no window", c -> TestConfigs.withWindow(c, 0)),
                config("qwen2", "a window although it is off", c -> TestConfigs.withWindow(c, 8)),
                config("qwen2", "no biases", TestConfigs::withoutBiases),
                config("qwen3", "no query and key norm", TestConfigs::withoutQkNorm));
    }

    private static Arguments config(
            String fixture, String fault, UnaryOperator<ModelConfig> change) {
        return Arguments.of(fixture, Named.of(fault, change));
    }

    /** Each dimension pair turns as fast as the next one should. */
    private static ModelConfig shiftRope(ModelConfig config) {
        double theta = config.rope().theta();
        double slower = Math.pow(theta, 2.0 / config.headDim());
        return TestConfigs.withRope(
                config, new Rope(theta, new Rope.Llama3Scaling(slower, 1e8, 2e8, 1)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("faultyConfigs")
    void shouldNoticeWrongConfig(String name, UnaryOperator<ModelConfig> change) throws Exception {
        Fixture fixture = Fixture.load(name);
        Checkpoint checkpoint = Checkpoint.open(fixture.folder());
        assertThat(
                        difference(
                                fixture,
                                change.apply(fixture.config()),
                                workers -> new CheckpointWeights(checkpoint, workers)))
                .isGreaterThan(NOTICED);
    }

    static Stream<Arguments> faultyWeights() {
        return Stream.of(
                weights("llama", "swapped key heads", parts -> swapHeads(parts, 1)),
                weights("llama", "swapped value heads", parts -> swapHeads(parts, 2)),
                weights("llama", "swapped query heads", parts -> swapHeads(parts, 0)),
                weights("llama", "gate and up swapped", PlantedFaultsITCase::swapGateAndUp),
                weights("internlm2", "wqkv not grouped", PlantedFaultsITCase::ungroup));
    }

    private static Arguments weights(
            String fixture, String fault, UnaryOperator<List<Rows>> change) {
        return Arguments.of(fixture, Named.of(fault, change));
    }

    private static List<Rows> swapHeads(List<Rows> parts, int swapped) {
        if (parts.size() != 3) {
            return parts;
        }
        List<Rows> result = new ArrayList<>(parts);
        Rows part = result.remove(swapped);
        int half = part.count() / 2;
        result.add(swapped, new Rows(part.tensor(), part.tensorRows(), half, half));
        result.add(swapped + 1, new Rows(part.tensor(), part.tensorRows(), 0, half));
        return result;
    }

    private static List<Rows> swapGateAndUp(List<Rows> parts) {
        List<Rows> result = new ArrayList<>(parts);
        if (parts.size() == 2) {
            Collections.reverse(result);
        }
        return result;
    }

    private static List<Rows> ungroup(List<Rows> parts) {
        Rows first = parts.get(0);
        return first.tensor().contains("wqkv")
                ? List.of(new Rows(first.tensor(), first.tensorRows(), 0, first.tensorRows()))
                : parts;
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("faultyWeights")
    void shouldNoticeMisplacedWeights(String name, UnaryOperator<List<Rows>> change)
            throws Exception {
        Fixture fixture = Fixture.load(name);
        Checkpoint checkpoint = Checkpoint.open(fixture.folder());
        assertThat(
                        difference(
                                fixture,
                                fixture.config(),
                                workers ->
                                        new Altered(
                                                new CheckpointWeights(checkpoint, workers),
                                                change,
                                                "none")))
                .isGreaterThan(NOTICED);
    }

    @ParameterizedTest
    @MethodSource("norms")
    void shouldNoticeForgottenNorm(String name, String norm) throws Exception {
        Fixture fixture = Fixture.load(name);
        Checkpoint checkpoint = Checkpoint.open(fixture.folder());
        assertThat(
                        difference(
                                fixture,
                                fixture.config(),
                                workers ->
                                        new Altered(
                                                new CheckpointWeights(checkpoint, workers),
                                                parts -> parts,
                                                norm)))
                .isGreaterThan(NOTICED);
    }

    static Stream<Arguments> norms() {
        return Stream.of(
                Arguments.of("llama", "input_layernorm"),
                Arguments.of("llama", "post_attention_layernorm"),
                Arguments.of("llama", "model.norm"),
                Arguments.of("qwen3", "q_norm"),
                Arguments.of("qwen3", "k_norm"),
                Arguments.of("internlm2", "ffn_norm"));
    }

    /** The largest difference over the prompts, as ReferenceLogitsITCase measures it. */
    private static double difference(
            Fixture fixture, ModelConfig config, Function<WorkerPool, WeightSource> source)
            throws Exception {
        double worst = 0;
        try (ForwardHarness harness = new ForwardHarness(config, source, 1, 1)) {
            for (Fixture.Prompt prompt : fixture.prompts()) {
                float[][] logits = harness.logits(prompt.path(), 64);
                worst = Math.max(worst, Differences.relative(logits, prompt.logits()));
            }
        }
        return worst;
    }

    /** Weights with some rows elsewhere, or norms of some name left out. */
    private record Altered(
            WeightSource source, UnaryOperator<List<Rows>> change, String forgottenNorm)
            implements WeightSource {
        @Override
        public PackedMatrix matrix(List<Rows> parts, int cols) throws ModelLoadException {
            return source.matrix(change.apply(parts), cols);
        }

        @Override
        public float[] biases(List<Rows> parts) throws ModelLoadException {
            return source.biases(change.apply(parts));
        }

        @Override
        public float[] vector(String name, int size) throws ModelLoadException {
            float[] values = source.vector(name, size);
            if (name.contains(forgottenNorm)) {
                Arrays.fill(values, 1f);
            }
            return values;
        }
    }
}
