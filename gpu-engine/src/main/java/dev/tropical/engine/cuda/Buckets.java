package dev.tropical.engine.cuda;

/**
 * The token counts that steps are padded to, so that matrix products and graphs come in few shapes.
 * Padding costs little: a tensor core's tile has 64 rows or more whatever the batch.
 */
final class Buckets {
    private Buckets() {}

    /** The smallest bucket of at least {@code count} tokens; at least 1. */
    static int of(int count) {
        if (count <= 8) {
            return count <= 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
        }
        int unit = count <= 64 ? 8 : count <= 128 ? 16 : count <= 512 ? 32 : 128;
        return (count + unit - 1) / unit * unit;
    }
}
