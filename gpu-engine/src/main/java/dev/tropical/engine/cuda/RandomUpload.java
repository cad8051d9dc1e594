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

    /** Each number depends on its place in the whole matrix alone, whoever holds which part. */
    @Override
    public Matrix matrix(List<Rows> parts, Columns columns, boolean hasBias) {
        int rows = parts.stream().mapToInt(Rows::count).sum();
        long rowBytes = (long) type.bytes() * columns.count();
        DeviceBuffer values = owned.device(rowBytes * rows);
        float scale = (float) Math.sqrt(3.0 / columns.total());
        long done = 0;
        for (Rows part : parts) {
            Kernels.Fill fill =
                    new Kernels.Fill(
                            part.count(),
                            columns,
                            (long) part.first() * columns.total() + columns.first(),
                            (long) part.tensor().hashCode() << 32);
            kernels.randomFill(stream, values.address() + rowBytes * done, fill, scale);
            done += part.count();
        }
        return new Matrix(values.address(), rows, columns.count(), hasBias ? zeros(rows) : 0);
    }

    private long zeros(int count) {
        DeviceBuffer bias = owned.device((long) type.bytes() * count);
        kernels.randomFill(stream, bias.address(), Kernels.Fill.all(count, 0), 0);
        return bias.address();
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
