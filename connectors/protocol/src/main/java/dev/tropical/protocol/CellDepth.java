package dev.tropical.protocol;

/**
 * How full a cell's queue is, as the cells topic holds it (compacted by cell).
 *
 * @param cell the cell
 * @param queuedRequests requests waiting for an engine
 * @param queuedBytes their tokens' bytes (4 a token)
 * @param isOpen whether the sources may read on: false from the bound until half of it
 */
public record CellDepth(int cell, int queuedRequests, long queuedBytes, boolean isOpen) {
    /** Requests at which a cell is full: half a minute of work for eight engines. */
    public static final int MAX_REQUESTS = 1_024;

    public CellDepth {
        if (cell < 0 || queuedRequests < 0 || queuedBytes < 0) {
            throw new IllegalArgumentException(
                    "cell "
                            + cell
                            + ", requests "
                            + queuedRequests
                            + ", bytes "
                            + queuedBytes
                            + " (expected: >= 0)");
        }
    }
}
