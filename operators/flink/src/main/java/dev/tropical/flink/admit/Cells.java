package dev.tropical.flink.admit;

import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.Seeds;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Rendezvous hashing: when cells are added, only requests of the new cells go elsewhere. */
public final class Cells {
    private Cells() {}

    /** The cell of a request id, in [0, cells). */
    public static int of(String requestId, int cells) {
        long hash = Lanes.hash(requestId);
        int best = 0;
        for (int cell = 1; cell < cells; cell++) {
            if (Long.compareUnsigned(score(hash, cell), score(hash, best)) > 0) {
                best = cell;
            }
        }
        return best;
    }

    /**
     * All cells in the order in which a request id would go through them: {@link #of}'s comes
     * first, and a cell's requests spread over all others.
     */
    public static List<Integer> ranked(String requestId, int cells) {
        long hash = Lanes.hash(requestId);
        Comparator<Integer> byScore =
                (left, right) -> Long.compareUnsigned(score(hash, right), score(hash, left));
        return IntStream.range(0, cells).boxed().sorted(byScore).toList();
    }

    private static long score(long hash, int cell) {
        return Seeds.forChoice(hash, cell + 1);
    }
}
