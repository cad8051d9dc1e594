package dev.tropical.engine.cuda;

/**
 * Neighbouring columns of a stored weight matrix.
 *
 * @param total that the matrix has
 * @param first of them
 * @param count of them
 */
record Columns(int total, int first, int count) {
    Columns {
        if (first < 0 || count < 1 || count > total - first) {
            throw new IllegalArgumentException(
                    "columns from "
                            + first
                            + ", "
                            + count
                            + " of "
                            + total
                            + " (expected: a range within)");
        }
    }

    static Columns all(int total) {
        return new Columns(total, 0, total);
    }

    boolean isAll() {
        return count == total;
    }
}
