package dev.tropical.engine.cpu.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadAttentionTest {
    private static final float SCALE = 0.25f;

    @ParameterizedTest
    @CsvSource({"16,1", "64,16", "80,7", "128,33", "192,5"})
    void shouldAgreeWithFloat64(int headDim, int count) {
        float[] query = random(headDim + 2, 1);
        float[] keys = random(count * headDim, 2);
        float[] values = random(count * headDim, 3);
        HeadAttention head = new HeadAttention(headDim, SCALE, count);
        float[] out = attend(head, query, keys, values, count);

        double[] expected = new double[headDim];
        double total = 0;
        for (int i = 0; i < count; i++) {
            double score = 0;
            for (int d = 0; d < headDim; d++) {
                score += SCALE * query[2 + d] * keys[i * headDim + d];
            }
            total += Math.exp(score);
            for (int d = 0; d < headDim; d++) {
                expected[d] += Math.exp(score) * values[i * headDim + d];
            }
        }
        for (int d = 0; d < headDim; d++) {
            assertThat((double) out[d]).isCloseTo(expected[d] / total, within(1e-5));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "3", "16", "28"})
    void shouldGiveTheSameBitsWhenPositionsComeInParts(int part) {
        int headDim = 80;
        int count = 29;
        float[] query = random(headDim + 2, 1);
        float[] keys = random(count * headDim, 2);
        float[] values = random(count * headDim, 3);
        // Used before, and with more room than it needs: nothing of that may show.
        HeadAttention head = new HeadAttention(headDim, SCALE, 100);
        attend(head, query, values, keys, count);
        float[] inParts = attend(head, query, keys, values, part);
        float[] whole =
                attend(new HeadAttention(headDim, SCALE, count), query, keys, values, count);
        assertThat(inParts).containsExactly(whole);
    }

    /** Attends to all keys, so many at a time. */
    private static float[] attend(
            HeadAttention head, float[] query, float[] keys, float[] values, int part) {
        int headDim = query.length - 2;
        int count = keys.length / headDim;
        head.begin(query, 2);
        for (int at = 0; at < count; at += part) {
            head.score(keys, at * headDim, Math.min(part, count - at));
        }
        head.weigh();
        for (int at = 0; at < count; at += part) {
            head.add(values, at * headDim, Math.min(part, count - at));
        }
        float[] out = new float[headDim + 1];
        head.finish(out, 1);
        return Arrays.copyOfRange(out, 1, out.length);
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
