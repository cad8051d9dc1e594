package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.List;

/** Puts a model's weights onto the GPU while it is loaded; somebody else frees them. */
interface GpuWeightSource {
    /**
     * The rows of all parts, one part after the other, as one matrix.
     *
     * @param columns of each part, the same
     * @param hasBias whether each part has one
     */
    Matrix matrix(List<Rows> parts, Columns columns, boolean hasBias) throws ModelLoadException;

    /** Address of a float32 vector, e.g. a norm's weights. */
    long vector(String name, int size) throws ModelLoadException;
}
