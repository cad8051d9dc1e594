package dev.tropical.engine.cpu.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedMatrixTest {
    private static final int[] TOKENS = {1, 2, 3, 4, 5, 8, 9, 17};

    @ParameterizedTest
    @CsvSource({"1,1", "64,16", "65,7", "200,100", "33,1000"})
    void shouldAgreeWithFloat64(int rows, int cols) {
        float[][] weights = random(rows, cols, 1);
        for (PackedMatrix matrix : new PackedMatrix[] {float32(weights), bf16(weights)}) {
            for (int tokens : TOKENS) {
                float[][] inputs = random(tokens, cols, tokens);
                float[][] actual = multiply(matrix, inputs);
                for (int token = 0; token < tokens; token++) {
                    assertRow(weights, inputs[token], actual[token]);
                }
            }
        }
    }

    /** A chain of n roundings is off by at most n * 2^-24 of the sum of magnitudes. */
    private static void assertRow(float[][] weights, float[] input, float[] actual) {
        for (int row = 0; row < weights.length; row++) {
            double sum = 0;
            double magnitude = 0;
            for (int col = 0; col < input.length; col++) {
                sum += (double) weights[row][col] * input[col];
                magnitude += Math.abs((double) weights[row][col] * input[col]);
            }
            assertThat((double) actual[row])
                    .isCloseTo(sum, within(input.length * 0x1p-24 * magnitude));
        }
    }

    @Test
    void shouldAddInAscendingOrderWhateverTheNumberOfTokens() {
        float[][] weights = random(70, 300, 1);
        float[][] inputs = random(17, 300, 2);
        for (int tokens : TOKENS) {
            float[][] some = Arrays.copyOf(inputs, tokens);
            float[][] actual = multiply(bf16(weights), some);
            for (int token = 0; token < tokens; token++) {
                for (int row = 0; row < weights.length; row++) {
                    float sum = 0;
                    for (int col = 0; col < 300; col++) {
                        sum = Math.fma(weights[row][col], inputs[token][col], sum);
                    }
                    assertThat(actual[token][row]).isEqualTo(sum);
                }
            }
        }
    }

    @Test
    void shouldCopyRowsBack() {
        float[][] weights = random(70, 9, 1);
        float[] row = new float[11];
        for (PackedMatrix matrix : new PackedMatrix[] {float32(weights), bf16(weights)}) {
            for (int i = 0; i < weights.length; i++) {
                matrix.copyRow(i, row, 2);
                assertThat(Arrays.copyOfRange(row, 2, 11)).containsExactly(weights[i]);
            }
        }
    }

    @Test
    void shouldRefuseWhatAnArrayDoesNotHold() {
        assertThatThrownBy(() -> new Bf16Matrix(1 << 20, 1 << 11))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[1048576, 2048]");
    }

    private static float[][] multiply(PackedMatrix matrix, float[][] inputs) {
        int tokens = inputs.length;
        int cols = matrix.cols();
        float[] flat = new float[tokens * cols];
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(inputs[token], 0, flat, token * cols, cols);
        }
        float[] tiles = new float[Tiles.size(tokens, cols)];
        Arrays.fill(tiles, Float.NaN);
        for (int tile = 0; tile < Tiles.count(tokens); tile++) {
            Tiles.pack(tile, flat, cols, tokens, cols, tiles);
        }
        int stride = PackedMatrix.paddedRows(matrix.rows());
        float[] out = new float[tokens * stride];
        for (int unit = 0; unit < matrix.units(); unit++) {
            matrix.multiply(unit, unit + 1, tiles, tokens, out, stride);
        }
        float[][] rows = new float[tokens][];
        for (int token = 0; token < tokens; token++) {
            rows[token] = Arrays.copyOfRange(out, token * stride, token * stride + matrix.rows());
        }
        return rows;
    }

    private static Bf16Matrix bf16(float[][] weights) {
        Bf16Matrix matrix = new Bf16Matrix(weights.length, weights[0].length);
        for (int row = 0; row < weights.length; row++) {
            short[] bits = new short[matrix.cols()];
            for (int col = 0; col < bits.length; col++) {
                bits[col] = (short) (Float.floatToRawIntBits(weights[row][col]) >>> 16);
            }
            matrix.setRow(row, bits, 0);
        }
        return matrix;
    }

    private static Float32Matrix float32(float[][] weights) {
        Float32Matrix matrix = new Float32Matrix(weights.length, weights[0].length);
        for (int row = 0; row < weights.length; row++) {
            matrix.setRow(row, weights[row], 0);
        }
        return matrix;
    }

    /** Normal numbers that bfloat16 holds exactly. */
    private static float[][] random(int rows, int cols, long seed) {
        Random random = new Random(seed);
        float[][] values = new float[rows][cols];
        for (float[] row : values) {
            for (int col = 0; col < cols; col++) {
                int bits = Float.floatToRawIntBits((float) random.nextGaussian());
                row[col] = Float.intBitsToFloat(bits & 0xffff0000);
            }
        }
        return values;
    }
}
