package dev.tropical.engine.cuda;

/**
 * A weight matrix on the GPU, {@code [rows][cols]} of the model's type, and a bias.
 *
 * @param address of its first element
 * @param bias address of {@code [rows]} of the same type, or 0
 */
record Matrix(long address, int rows, int cols, long bias) {
    /** 16-byte loads and the tensor cores' tiles need it. */
    private static final int MULTIPLE = 8;

    Matrix {
        if (rows % MULTIPLE != 0 || cols % MULTIPLE != 0) {
            throw new IllegalArgumentException(
                    "matrix ["
                            + rows
                            + ", "
                            + cols
                            + "] (expected: multiples of "
                            + MULTIPLE
                            + " on a GPU)");
        }
    }

    /** Some rows of a bf16 matrix, in the same memory. */
    Matrix slice(int first, int count) {
        long biasOfFirst = bias == 0 ? 0 : bias + 2L * first;
        return new Matrix(address + 2L * first * cols, count, cols, biasOfFirst);
    }
}
