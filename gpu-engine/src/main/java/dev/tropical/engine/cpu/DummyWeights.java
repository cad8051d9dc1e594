package dev.tropical.engine.cpu;

import dev.tropical.engine.cpu.kernels.Bf16Matrix;
import dev.tropical.engine.cpu.kernels.Float32Matrix;
import dev.tropical.engine.cpu.kernels.PackedMatrix;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.Arrays;
import java.util.List;

/**
 * Random weights in a model's shapes: uniform with deviation {@code 1 / sqrt(cols)}, so that
 * activations neither grow nor vanish; norms are 1, biases 0. A row depends on the seed, its tensor
 * and its number alone. Not zeros: arithmetic on zeros draws less power and so runs faster.
 */
final class DummyWeights implements WeightSource {
    private final long seed;
    private final DType dtype;
    private final WorkerPool workers;

    DummyWeights(long seed, DType dtype, WorkerPool workers) {
        this.seed = seed;
        this.dtype = dtype;
        this.workers = workers;
    }

    @Override
    public PackedMatrix matrix(List<Rows> parts, int cols) {
        int rows = parts.stream().mapToInt(Rows::count).sum();
        PackedMatrix matrix =
                dtype == DType.BF16 ? new Bf16Matrix(rows, cols) : new Float32Matrix(rows, cols);
        String name = parts.get(0).tensor();
        workers.runRanges(
                matrix.units(),
                16,
                (from, to, worker) -> {
                    int end = Math.min(rows, to * PackedMatrix.UNIT);
                    for (int row = from * PackedMatrix.UNIT; row < end; row++) {
                        fillRow(matrix, row, seed ^ ((long) name.hashCode() << 32) ^ row);
                    }
                });
        return matrix;
    }

    private static void fillRow(PackedMatrix matrix, int row, long rowSeed) {
        int cols = matrix.cols();
        float scale = (float) (Math.sqrt(3.0 / cols) / Integer.MAX_VALUE);
        long state = mix(rowSeed) | 1;
        float[] values = new float[cols];
        for (int i = 0; i < cols; i++) {
            // xorshift64 (Marsaglia, 2003).
            state ^= state << 13;
            state ^= state >>> 7;
            state ^= state << 17;
            values[i] = (int) (state >>> 32) * scale;
        }
        if (matrix instanceof Bf16Matrix bf16) {
            short[] bits = new short[cols];
            for (int i = 0; i < cols; i++) {
                bits[i] = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
            }
            bf16.setRow(row, bits, 0);
        } else if (matrix instanceof Float32Matrix float32) {
            float32.setRow(row, values, 0);
        }
    }

    /** SplitMix64's mixer. */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    @Override
    public float[] biases(List<Rows> parts) {
        return new float[parts.stream().mapToInt(Rows::count).sum()];
    }

    @Override
    public float[] vector(String name, int size) {
        float[] ones = new float[size];
        Arrays.fill(ones, 1f);
        return ones;
    }
}
