package dev.tropical.flink.admit;

import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.Seeds;

/** Rendezvous hashing: when cells are added, only requests of the new cells go elsewhere. */
final class Cells {
    private Cells() {}

    /** The cell of a request id, in [0, cells). */
    static int of(String requestId, int cells) {
        long hash = Lanes.hash(requestId);
        int best = 0;
        for (int cell = 1; cell < cells; cell++) {
            if (Long.compareUnsigned(score(hash, cell), score(hash, best)) > 0) {
                best = cell;
            }
        }
        return best;
    }

    private static long score(long hash, int cell) {
        return Seeds.forChoice(hash, cell + 1);
    }
}
