package dev.tropical.engine.cpu;

import dev.tropical.engine.cpu.kernels.Bf16Matrix;
import dev.tropical.engine.cpu.kernels.Float32Matrix;
import dev.tropical.engine.cpu.kernels.PackedMatrix;
import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.Tensor;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.ArrayList;
import java.util.List;

/**
 * Weights from safetensors files: copied once from the memory map into arrays, in the order in
 * which the kernels read them. BF16 stays as it is; F16 becomes float32.
 */
final class CheckpointWeights implements WeightSource {
    /** Rows that a worker copies at a time: panels of a matrix are 32 rows. */
    private static final int ROWS_PER_PART = 32;

    private final Checkpoint checkpoint;
    private final WorkerPool workers;

    CheckpointWeights(Checkpoint checkpoint, WorkerPool workers) {
        this.checkpoint = checkpoint;
        this.workers = workers;
    }

    @Override
    public PackedMatrix matrix(List<Rows> parts, int cols) throws ModelLoadException {
        List<Tensor> tensors = new ArrayList<>();
        int rows = 0;
        boolean isBf16 = true;
        for (Rows part : parts) {
            Tensor tensor = checkpoint.get(part.tensor(), part.tensorRows(), cols);
            tensors.add(tensor);
            isBf16 &= tensor.dtype() == DType.BF16;
            rows += part.count();
        }
        PackedMatrix matrix = isBf16 ? new Bf16Matrix(rows, cols) : new Float32Matrix(rows, cols);
        int to = 0;
        for (int i = 0; i < parts.size(); i++) {
            copyRows(tensors.get(i), parts.get(i), matrix, to);
            to += parts.get(i).count();
        }
        return matrix;
    }

    private void copyRows(Tensor tensor, Rows part, PackedMatrix matrix, int to) {
        int blocks = (part.count() + ROWS_PER_PART - 1) / ROWS_PER_PART;
        workers.run(
                blocks,
                (block, worker) -> {
                    int end = Math.min(part.count(), (block + 1) * ROWS_PER_PART);
                    for (int row = block * ROWS_PER_PART; row < end; row++) {
                        copyRow(tensor, part.first() + row, matrix, to + row);
                    }
                });
    }

    private static void copyRow(Tensor tensor, int from, PackedMatrix matrix, int to) {
        int cols = matrix.cols();
        if (matrix instanceof Bf16Matrix bf16) {
            short[] row = new short[cols];
            tensor.readBits((long) from * cols, row, cols);
            bf16.setRow(to, row, 0);
        } else if (matrix instanceof Float32Matrix float32) {
            float[] row = new float[cols];
            tensor.read((long) from * cols, row, cols);
            float32.setRow(to, row, 0);
        }
    }

    @Override
    public float[] biases(List<Rows> parts) throws ModelLoadException {
        float[] biases = new float[parts.stream().mapToInt(Rows::count).sum()];
        int to = 0;
        for (Rows part : parts) {
            float[] values = vector(part.bias(), part.tensorRows());
            System.arraycopy(values, part.first(), biases, to, part.count());
            to += part.count();
        }
        return biases;
    }

    @Override
    public float[] vector(String name, int size) throws ModelLoadException {
        float[] values = new float[size];
        checkpoint.get(name, size).read(0, values, size);
        return values;
    }
}
