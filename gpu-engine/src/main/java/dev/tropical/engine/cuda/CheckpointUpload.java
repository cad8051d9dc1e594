package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.Tensor;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.List;

/**
 * Weights from safetensors files: as they are where the type is the GPU's, else rounded to it (to
 * nearest, ties to even); norms as float32. They are there when {@link #await} returns.
 */
final class CheckpointUpload implements GpuWeightSource, AutoCloseable {
    private final Checkpoint checkpoint;
    private final Owned owned;
    private final WeightReaders readers;
    private final DType type;

    /**
     * @param owned gets the device buffers
     * @param type of matrices and biases on the GPU
     */
    CheckpointUpload(Checkpoint checkpoint, Owned owned, DType type, int gpu) {
        this.type = type;
        this.checkpoint = checkpoint;
        this.owned = owned;
        this.readers = new WeightReaders(gpu);
    }

    @Override
    public Matrix matrix(List<Rows> parts, Columns columns, boolean hasBias)
            throws ModelLoadException {
        int bytes = type.bytes();
        int cols = columns.count();
        int rows = parts.stream().mapToInt(Rows::count).sum();
        long address = owned.device((long) bytes * rows * cols).address();
        long bias = hasBias ? owned.device((long) bytes * rows).address() : 0;
        long done = 0;
        for (Rows part : parts) {
            Tensor tensor = checkpoint.get(part.tensor(), part.tensorRows(), columns.total());
            upload(tensor, part, columns, address + bytes * done * cols);
            if (hasBias) {
                Tensor biases = checkpoint.get(part.bias(), part.tensorRows());
                upload(biases, part.first(), part.count(), bias + bytes * done, type);
            }
            done += part.count();
        }
        return new Matrix(address, rows, cols, bias);
    }

    /** Whole rows lie one after the other; of others each row's columns do. */
    private void upload(Tensor tensor, Rows part, Columns columns, long to) {
        long total = columns.total();
        int cols = columns.count();
        if (columns.isAll()) {
            upload(tensor, part.first() * total, part.count() * total, to, type);
            return;
        }
        int most = WeightReaders.PIECE_BYTES / (type.bytes() * cols);
        for (int row = 0; row < part.count(); row += most) {
            readers.add(
                    new WeightReaders.Piece(
                            tensor,
                            (part.first() + row) * total + columns.first(),
                            Math.min(most, part.count() - row),
                            cols,
                            total,
                            to + (long) type.bytes() * row * cols,
                            type));
        }
    }

    @Override
    public long vector(String name, int size) throws ModelLoadException {
        DeviceBuffer buffer = owned.device(4L * size);
        upload(checkpoint.get(name, size), 0, size, buffer.address(), DType.F32);
        return buffer.address();
    }

    private void upload(Tensor tensor, long from, long count, long to, DType as) {
        int most = WeightReaders.PIECE_BYTES / as.bytes();
        for (long done = 0; done < count; done += most) {
            int length = (int) Math.min(most, count - done);
            readers.add(
                    new WeightReaders.Piece(
                            tensor, from + done, 1, length, 0, to + as.bytes() * done, as));
        }
    }

    /**
     * Waits until all is on the GPU.
     *
     * @throws ModelLoadException when a file could not be read
     */
    void await() throws ModelLoadException {
        readers.await();
    }

    @Override
    public void close() {
        readers.close();
    }
}
