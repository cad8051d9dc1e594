package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Bf16;
import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.Tensor;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.List;

/**
 * Weights from safetensors files: BF16 as it is, F32 and F16 rounded to bf16 (to nearest, ties to
 * even), norms as float32. Copies through one pinned buffer.
 */
final class CheckpointUpload implements GpuWeightSource, AutoCloseable {
    private static final int CHUNK_ELEMENTS = 8 << 20;

    private final Checkpoint checkpoint;
    private final Owned owned;
    private final Stream stream = new Stream();
    private final PinnedBuffer staging = new PinnedBuffer(2L * CHUNK_ELEMENTS);
    private final short[] bits = new short[CHUNK_ELEMENTS];

    /**
     * @param owned gets the device buffers
     */
    CheckpointUpload(Checkpoint checkpoint, Owned owned) {
        this.checkpoint = checkpoint;
        this.owned = owned;
    }

    @Override
    public Matrix matrix(List<Rows> parts, int cols, boolean hasBias) throws ModelLoadException {
        int rows = parts.stream().mapToInt(Rows::count).sum();
        long address = owned.device(2L * rows * cols).address();
        long bias = hasBias ? owned.device(2L * rows).address() : 0;
        long done = 0;
        for (Rows part : parts) {
            Tensor tensor = checkpoint.get(part.tensor(), part.tensorRows(), cols);
            long count = (long) part.count() * cols;
            upload(tensor, (long) part.first() * cols, count, address + 2 * done * cols);
            if (hasBias) {
                Tensor biases = checkpoint.get(part.bias(), part.tensorRows());
                upload(biases, part.first(), part.count(), bias + 2 * done);
            }
            done += part.count();
        }
        return new Matrix(address, rows, cols, bias);
    }

    private void upload(Tensor tensor, long from, long count, long to) {
        for (long done = 0; done < count; done += CHUNK_ELEMENTS) {
            int length = (int) Math.min(CHUNK_ELEMENTS, count - done);
            read(tensor, from + done, length);
            staging.view().asShortBuffer().put(bits, 0, length);
            stream.copy(new Address(to + 2 * done), staging.pointer(), 2L * length);
            stream.synchronize();
        }
    }

    private void read(Tensor tensor, long from, int count) {
        if (tensor.dtype() == DType.BF16) {
            tensor.readBits(from, bits, count);
            return;
        }
        float[] values = new float[count];
        tensor.read(from, values, count);
        for (int i = 0; i < count; i++) {
            bits[i] = Bf16.of(values[i]);
        }
    }

    @Override
    public long vector(String name, int size) throws ModelLoadException {
        float[] values = new float[size];
        checkpoint.get(name, size).read(0, values, size);
        DeviceBuffer buffer = owned.device(4L * size);
        staging.view().asFloatBuffer().put(values);
        stream.copy(buffer.pointer(), staging.pointer(), 4L * size);
        stream.synchronize();
        return buffer.address();
    }

    @Override
    public void close() {
        staging.close();
        stream.close();
    }
}
