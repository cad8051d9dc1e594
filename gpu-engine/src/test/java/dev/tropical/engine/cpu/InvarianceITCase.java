package dev.tropical.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No way of cutting the work may change a single bit of a logit. */
class InvarianceITCase {
    private static final int LONG = 530;

    @ParameterizedTest
    @EnumSource(DType.class)
    void shouldNotDependOnChunkOrThreads(DType type) throws Exception {
        ModelConfig config = TestConfigs.dummy(type);
        int[] tokens = random(1, LONG, config.vocabSize())[0];
        float[][] expected;
        try (ForwardHarness harness = dummy(config, 1, 1)) {
            expected = harness.logits(tokens, 1);
        }
        for (int threads = 1; threads <= 3; threads++) {
            try (ForwardHarness harness = dummy(config, threads, 1)) {
                assertSameBits(harness.logits(tokens, 64), expected);
                assertSameBits(harness.logits(tokens, 512), expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 8, 17})
    void shouldNotDependOnBatch(int batch) throws Exception {
        ModelConfig config = TestConfigs.dummy(DType.BF16);
        int[][] sequences = random(batch, 40, config.vocabSize());
        for (int threads = 1; threads <= 2; threads++) {
            try (ForwardHarness together = dummy(config, threads, batch);
                    ForwardHarness alone = dummy(config, threads, 1)) {
                float[][] logits = together.lastLogits(sequences);
                for (int i = 0; i < batch; i++) {
                    float[][] expected = alone.lastLogits(new int[][] {sequences[i]});
                    assertSameBits(new float[][] {logits[i]}, expected);
                }
            }
        }
    }

    @Test
    void shouldNotDependOnChunkWithWindowedLayersOfARealCheckpoint() throws Exception {
        Fixture fixture = Fixture.load("mistral");
        Checkpoint checkpoint = Checkpoint.open(fixture.folder());
        int[] tokens = fixture.prompts().get(3).path();
        try (ForwardHarness harness =
                new ForwardHarness(
                        fixture.config(),
                        workers -> new CheckpointWeights(checkpoint, workers),
                        2,
                        1)) {
            float[][] expected = harness.logits(tokens, 1);
            assertSameBits(harness.logits(tokens, 7), expected);
            assertSameBits(harness.logits(tokens, 64), expected);
            assertSameBits(harness.logits(tokens, 512), expected);
        }
    }

    private static ForwardHarness dummy(ModelConfig config, int threads, int sequences)
            throws Exception {
        return new ForwardHarness(
                config,
                workers -> new DummyWeights(7, config.weightType(), workers),
                threads,
                sequences);
    }

    private static int[][] random(int sequences, int length, int vocabSize) {
        Random random = new Random(5);
        int[][] tokens = new int[sequences][];
        for (int i = 0; i < sequences; i++) {
            tokens[i] = random.ints(length, 0, vocabSize).toArray();
        }
        return tokens;
    }

    private static void assertSameBits(float[][] actual, float[][] expected) {
        // Arrays.equals on floats compares bits; isDeepEqualTo would print megabytes.
        for (int row = 0; row < expected.length; row++) {
            assertThat(expected[row][0]).isFinite().isNotEqualTo(expected[row][1]);
            assertThat(Arrays.equals(actual[row], expected[row])).as("row " + row).isTrue();
        }
    }
}
