package dev.tropical.engine.cpu.kernels;

/**
 * Activations as {@link PackedMatrix#multiply} reads them. A single token is {@code [cols]}; more
 * are cut into tiles of {@link #MAX_WIDTH}, each {@code [cols][width]}, the last one narrower if
 * few tokens remain and padded with zeros. Tile i begins at {@code i * MAX_WIDTH * cols}.
 */
public final class Tiles {
    /**
     * Tokens of a full tile. Eight tokens by two vectors of rows are 16 sums in registers, and 4
     * more for operands: narrow-vector machines have 16 registers, so theirs are half as wide.
     */
    public static final int MAX_WIDTH = Lanes.COUNT >= 16 ? 8 : 4;

    private Tiles() {}

    /** The width of a tile that holds {@code count} of several tokens. */
    static int width(int count) {
        return count <= 4 ? 4 : 8;
    }

    /** Number of tiles; tiles are packed independently. */
    public static int count(int tokens) {
        return (tokens + MAX_WIDTH - 1) / MAX_WIDTH;
    }

    /** Floats that up to so many tokens of so many columns take. */
    public static int size(int tokens, int cols) {
        return Math.multiplyExact(count(tokens) * MAX_WIDTH, cols);
    }

    /**
     * Packs one tile.
     *
     * @param tile in {@code [0, count(tokens))}
     * @param in {@code [tokens][inStride]}
     * @param tokens of all tiles together
     * @param cols columns of the matrix that the tiles are for; the first so many of each row
     * @param out all tiles; this one is written
     */
    public static void pack(int tile, float[] in, int inStride, int tokens, int cols, float[] out) {
        int first = tile * MAX_WIDTH;
        int count = Math.min(MAX_WIDTH, tokens - first);
        int width = tokens == 1 ? 1 : width(count);
        int to = first * cols;
        for (int lane = 0; lane < width; lane++) {
            int from = (first + lane) * inStride;
            for (int col = 0; col < cols; col++) {
                out[to + col * width + lane] = lane < count ? in[from + col] : 0;
            }
        }
    }
}
