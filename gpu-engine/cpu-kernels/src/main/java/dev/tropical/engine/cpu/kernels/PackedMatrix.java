package dev.tropical.engine.cpu.kernels;

/**
 * A weight matrix {@code [rows, cols]} laid out for multiplication: panels of {@link #PANEL} rows,
 * {@code [panels][cols][PANEL]}, so that a vector holds one column of neighbouring rows. Rows are
 * padded with zeros to a multiple of {@link #UNIT}.
 *
 * <p>Each product is one chain of fused multiply-adds over the columns in ascending order, whatever
 * the number of tokens and the width of the machine's vectors: speed comes from computing many
 * (row, token) pairs at once, never from splitting a sum. Written by one thread, then only read.
 */
public abstract sealed class PackedMatrix permits Bf16Matrix, Float32Matrix {
    /** Rows of a panel: a cache line of 16-bit weights a column. */
    static final int PANEL = 32;

    /** Rows that one call of a kernel handles: two panels, so two streams from memory. */
    public static final int UNIT = 2 * PANEL;

    final int rows;
    final int cols;

    PackedMatrix(int rows, int cols) {
        if (rows < 1 || cols < 1 || (long) paddedRows(rows) * cols > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "shape ["
                            + rows
                            + ", "
                            + cols
                            + "] (expected: positive and fewer than 2^31 elements)");
        }
        this.rows = rows;
        this.cols = cols;
    }

    public final int rows() {
        return rows;
    }

    public final int cols() {
        return cols;
    }

    /** Units of work in {@link #multiply}. */
    public final int units() {
        return paddedRows(rows) / UNIT;
    }

    /** The next multiple of {@link #UNIT}: how many values an output row must hold. */
    public static int paddedRows(int rows) {
        return Math.floorDiv(rows + UNIT - 1, UNIT) * UNIT;
    }

    /** Copies a row {@code [cols]} as float32, e.g. of an embedding table. */
    public abstract void copyRow(int row, float[] out, int outOffset);

    /**
     * Computes {@code out[token][row] = sum over col of weight[row][col] * input[token][col]} for
     * the rows of some units.
     *
     * @param input the tokens' activations, as {@link Tiles#pack} wrote them for {@code cols}
     * @param out {@code [tokens][outStride]}
     * @param outStride at least {@link #paddedRows}
     */
    public final void multiply(
            int fromUnit, int toUnit, float[] input, int tokens, float[] out, int outStride) {
        if (tokens == 1) {
            for (int unit = fromUnit; unit < toUnit; unit++) {
                multiplyOne(2 * unit, input, 0, out, unit * UNIT);
            }
            return;
        }
        // A panel stays in the second-level cache while all tiles pass by.
        for (int panel = 2 * fromUnit; panel < 2 * toUnit; panel++) {
            for (int token = 0; token < tokens; token += Tiles.MAX_WIDTH) {
                multiplyTile(panel, token, input, tokens, out, outStride);
            }
        }
    }

    private void multiplyTile(
            int panel, int token, float[] input, int tokens, float[] out, int outStride) {
        int count = Math.min(Tiles.MAX_WIDTH, tokens - token);
        int from = token * cols;
        int to = token * outStride + panel * PANEL;
        if (Tiles.width(count) == 8) {
            multiplyEight(panel, input, from, count, out, to, outStride);
        } else {
            multiplyFour(panel, input, from, count, out, to, outStride);
        }
    }

    // Each kind of weight has its own copy of the three kernels, unrolled and alike but for how a
    // vector is loaded: with both kinds in use, a load through a common method would no longer be
    // inlined, and every vector would be an object.

    /** Two panels times one token. */
    abstract void multiplyOne(int panel, float[] in, int inOffset, float[] out, int outOffset);

    /** One panel times a tile of four, of which {@code count} are tokens. */
    abstract void multiplyFour(
            int panel, float[] in, int inOffset, int count, float[] out, int outOffset, int stride);

    /** One panel times a tile of eight, of which {@code count} are tokens. */
    abstract void multiplyEight(
            int panel, float[] in, int inOffset, int count, float[] out, int outOffset, int stride);
}
