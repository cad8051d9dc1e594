package dev.tropical.engine.cpu;

import dev.tropical.engine.cpu.kernels.PackedMatrix;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.List;

/** Where a model's weights come from while it is loaded. */
interface WeightSource {
    /**
     * The rows of all parts, one part after the other, as one matrix.
     *
     * @param cols of each part
     */
    PackedMatrix matrix(List<Rows> parts, int cols) throws ModelLoadException;

    /** The biases of the same rows. */
    float[] biases(List<Rows> parts) throws ModelLoadException;

    /** A vector, e.g. a norm's weights. */
    float[] vector(String name, int size) throws ModelLoadException;
}
