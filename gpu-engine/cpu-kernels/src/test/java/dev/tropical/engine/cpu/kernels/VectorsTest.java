package dev.tropical.engine.cpu.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorsTest {
    private static final double UNIT = 0x1p-24;

    private final float[] scratch = new float[Vectors.SCRATCH];

    @Test
    void shouldComputeExpToTwoUnitsInTheLastPlace() {
        for (float x = -86.9f; x < 88; x += 0.00731f) {
            double expected = Math.exp(x);
            assertThat((double) Exp.scalar(x)).isCloseTo(expected, within(4 * UNIT * expected));
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
        float[] row = random(1 + 2 * count, 1);
        row[1] = -200f;
        float[] before = row.clone();
        Vectors.siluTimes(row, 1, count);
        for (int i = 1; i <= count; i++) {
            double gate = before[i];
            double expected = gate / (1 + Math.exp(-gate)) * before[i + count];
            assertThat((double) row[i])
                    .isCloseTo(expected, within(1e-6 * Math.abs(expected) + 1e-30));
            assertThat(row[i + count]).isEqualTo(before[i + count]);
        }
    }

    @Test
    void shouldGiveTheSameBitsInVectorsAndAlone() {
        float[] row = random(2 * 100, 1);
        float[] whole = row.clone();
        Vectors.siluTimes(whole, 0, 100);
        for (int i = 0; i < 100; i++) {
            float[] pair = {row[i], row[i + 100]};
            Vectors.siluTimes(pair, 0, 1);
            assertThat(pair[0]).isEqualTo(whole[i]);
        }
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
