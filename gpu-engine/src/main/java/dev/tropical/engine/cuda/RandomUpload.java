package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.Arrays;
import java.util.List;

/**
 * Random weights, made on the GPU: uniform with deviation {@code 1 / sqrt(cols)}, so that
 * activations neither grow nor vanish; norms are 1, biases 0.
 */
final class RandomUpload implements GpuWeightSource {
    private final Kernels kernels;
    private final Stream stream;
    private final Owned owned;
    private final DType type;

    RandomUpload(Kernels kernels, Stream stream, Owned owned, DType type) {
        this.kernels = kernels;
        this.stream = stream;
        this.owned = owned;
        this.type = type;
    }

    @Override
    public Matrix matrix(List<Rows> parts, int cols, boolean hasBias) {
        int rows = parts.stream().mapToInt(Rows::count).sum();
        DeviceBuffer values = owned.device((long) type.bytes() * rows * cols);
        float scale = (float) Math.sqrt(3.0 / cols);
        long seed = (long) parts.get(0).tensor().hashCode() << 32;
        kernels.randomFill(stream, values.address(), (long) rows * cols, scale, seed);
        long bias = 0;
        if (hasBias) {
            bias = owned.device((long) type.bytes() * rows).address();
            kernels.randomFill(stream, bias, rows, 0, seed);
        }
        return new Matrix(values.address(), rows, cols, bias);
    }

    @Override
    public long vector(String name, int size) {
        float[] ones = new float[size];
        Arrays.fill(ones, 1f);
        DeviceBuffer buffer = owned.device(4L * size);
        try (PinnedBuffer staging = new PinnedBuffer(4L * size)) {
            staging.view().asFloatBuffer().put(ones);
            stream.copy(buffer.pointer(), staging.pointer(), 4L * size);
            stream.synchronize();
        }
        return buffer.address();
    }
}
