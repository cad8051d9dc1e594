package dev.tropical.engine.cuda;

import java.util.ArrayList;
import java.util.List;

/**
 * How the ranks' KV blocks make up a block of the whole model. A plane is a layer's keys or values:
 * {@code [kvHead][slot][headDim]}, of which each rank has the same number of heads, so that a
 * rank's part of a plane is contiguous in the whole block and in its own.
 *
 * @param planeBytes of a plane with all heads
 * @param ranks that share it; a divisor
 */
record KvShares(int planeBytes, int ranks) {
    KvShares {
        if (ranks < 1 || planeBytes < ranks || planeBytes % ranks != 0) {
            throw new IllegalArgumentException(
                    "planes of "
                            + planeBytes
                            + " bytes for "
                            + ranks
                            + " ranks (expected: a multiple)");
        }
    }

    /**
     * A range that is one rank's.
     *
     * @param offset in the whole block
     * @param rankOffset in the rank's block
     */
    record Piece(int rank, int offset, int rankOffset, int length) {}

    /** The pieces of a range of the whole block, in its order. */
    List<Piece> pieces(int offset, int length) {
        int share = planeBytes / ranks;
        List<Piece> pieces = new ArrayList<>();
        int end = offset + length;
        for (int at = offset; at < end; ) {
            int rank = at % planeBytes / share;
            int next = Math.min(end, (at / share + 1) * share);
            pieces.add(new Piece(rank, at, rankOffset(rank, at), next - at));
            at = next;
        }
        return pieces;
    }

    /** Bytes of a rank before an offset of the whole block: where that goes on in its own. */
    int rankOffset(int rank, int offset) {
        int share = planeBytes / ranks;
        int inPlane = offset % planeBytes - rank * share;
        return offset / planeBytes * share + Math.min(Math.max(inPlane, 0), share);
    }
}
