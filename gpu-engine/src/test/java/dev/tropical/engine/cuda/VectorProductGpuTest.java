package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.DType;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of a matrix and a single token, against float64. */
@Tag("gpu")
class VectorProductGpuTest {
    /** A result rounded to bf16 once is off by 2^-8 of itself at most, 1.7e-3 on average. */
    private static final double ONE_ROUNDING = 1.0 / 256;

    private final GpuDevice device = GpuDevice.open(0);
    private final GpuArrays gpu = new GpuArrays();
    private final VectorProduct.Kinds kinds =
            new VectorProduct.Kinds(GpuTests.compiler(device), device, DType.BF16);
    private final Random random = new Random();

    @AfterEach
    void close() {
        gpu.close();
        kinds.close();
    }

    /** Few rows, so that warps have none, more than warps, and pieces of each size. */
    @ParameterizedTest
    @CsvSource({
        "8, 256",
        "1064, 256",
        "4104, 512",
        "2120, 1024",
        "1056, 3072",
        "5000, 4096",
        "264, 14336",
        "1504, 16384"
    })
    void shouldMultiply(int rows, int cols) {
        float[] values = GpuArrays.random(random, rows * cols, 1);
        float[] token = GpuArrays.random(random, cols, 1);
        float[] bias = GpuArrays.random(random, rows, 10);
        long weight = gpu.bf16(values).address();
        Matrix plain = new Matrix(weight, rows, cols, 0);
        Matrix biased = new Matrix(weight, rows, cols, gpu.bf16(bias).address());
        long x = gpu.bf16(token).address();
        DeviceBuffer rounded = gpu.poisoned(2L * rows);
        DeviceBuffer exact = gpu.poisoned(4L * rows);
        launch(plain, false, x, rounded);
        assertThat(GpuArrays.error(gpu.readBf16(rounded), product(values, token, new float[rows])))
                .isLessThan(ONE_ROUNDING);
        launch(biased, true, x, exact);
        assertThat(GpuArrays.error(gpu.readFloat32(exact), product(values, token, bias)))
                .isLessThan(1e-6);
    }

    private void launch(Matrix weight, boolean isFloat32, long x, DeviceBuffer y) {
        VectorProduct product = kinds.of(weight.cols(), isFloat32);
        if (product == null) {
            throw new AssertionError("no product of " + weight + " (expected: one, on Hopper)");
        }
        product.launch(gpu.stream, weight, x, y.address());
    }

    private static double[] product(float[] weight, float[] x, float[] bias) {
        double[] y = new double[bias.length];
        for (int row = 0; row < y.length; row++) {
            y[row] = bias[row];
            for (int i = 0; i < x.length; i++) {
                y[row] += (double) weight[row * x.length + i] * x[i];
            }
        }
        return y;
    }
}
