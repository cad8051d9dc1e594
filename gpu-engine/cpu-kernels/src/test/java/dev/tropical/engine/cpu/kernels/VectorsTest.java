package dev.tropical.engine.cpu.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorsTest {
    private static final double UNIT = 0x1p-24;

    private final float[] scratch = new float[Vectors.SCRATCH];

    @Test
    void shouldComputeExpToTwoUnitsInTheLastPlace() {
        float[] values = new float[1 + Vectors.SCRATCH];
        for (float x = -86.9f; x < 88; x += 0.00731f) {
            values[0] = x;
            Vectors.exponentials(values, 1, 0, scratch);
            double expected = Math.exp(x);
            assertThat((double) values[0]).isCloseTo(expected, within(4 * UNIT * expected));
            assertThat(Exp.scalar(x)).isEqualTo(values[0]);
        }
        assertThat(Exp.scalar(-87.5f)).isZero();
        assertThat(Exp.scalar(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Exp.scalar(0f)).isEqualTo(1f);
        assertThat(Exp.scalar(1000f)).isFinite();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 48, 100, 2048})
    void shouldNormalizeByTheRootMeanSquare(int count) {
        float[] in = random(count + 3, 1);
        float[] weight = random(count, 2);
        float[] out = new float[count + 1];
        Vectors.rmsNorm(in, 3, weight, 1e-5f, out, 1, scratch);
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) in[3 + i] * in[3 + i];
        }
        for (int i = 0; i < count; i++) {
            double expected = weight[i] * in[3 + i] / Math.sqrt(sum / count + 1e-5);
            assertThat((double) out[1 + i])
                    .isCloseTo(expected, within((count + 4) * UNIT * Math.abs(expected)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 23, 80})
    void shouldMultiplySiluOfTheGate(int count) {
        float[] gate = random(count, 1);
        gate[0] = -200f;
        float[] up = random(count, 2);
        float[] out = new float[count];
        Vectors.siluTimes(gate, 0, up, 0, out, 0, count);
        for (int i = 0; i < count; i++) {
            double expected = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
            assertThat((double) out[i])
                    .isCloseTo(expected, within(1e-6 * Math.abs(expected) + 1e-30));
        }
    }

    @ParameterizedTest
    @CsvSource({"16,1", "64,16", "80,7", "128,33", "192,5"})
    void shouldAttend(int headDim, int count) {
        float[] query = random(headDim, 1);
        float[] keys = random(count * headDim, 2);
        float[] values = random(count * headDim, 3);
        float[] scores = new float[count + Vectors.SCRATCH];
        float max = Vectors.scores(query, 0, headDim, 0.25f, keys, 0, count, scores, 0, scratch);
        float sum = Vectors.exponentials(scores, count, max, scratch);
        float[] out = new float[headDim];
        Vectors.addWeighted(scores, 0, values, 0, count, headDim, out, 0);

        double[] weights = new double[count];
        double total = 0;
        for (int i = 0; i < count; i++) {
            double score = 0;
            for (int d = 0; d < headDim; d++) {
                score += 0.25 * query[d] * keys[i * headDim + d];
            }
            weights[i] = Math.exp(score);
            total += weights[i];
        }
        for (int d = 0; d < headDim; d++) {
            double expected = 0;
            for (int i = 0; i < count; i++) {
                expected += weights[i] / total * values[i * headDim + d];
            }
            assertThat((double) out[d] / sum).isCloseTo(expected, within(1e-5));
        }
    }

    @Test
    void shouldGiveTheSameBitsWhenPositionsComeInParts() {
        int headDim = 80;
        int count = 29;
        float[] weights = random(count, 1);
        float[] values = random(count * headDim, 2);
        float[] whole = new float[headDim];
        Vectors.addWeighted(weights, 0, values, 0, count, headDim, whole, 0);
        float[] parts = new float[headDim];
        Vectors.addWeighted(weights, 0, values, 0, 3, headDim, parts, 0);
        Vectors.addWeighted(weights, 3, values, 3 * headDim, count - 3, headDim, parts, 0);
        assertThat(parts).containsExactly(whole);
    }

    private static float[] random(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
