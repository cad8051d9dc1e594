package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KvSharesTest {
    private static final int PLANES = 6;
    private static final int KV_HEADS = 8;

    /** Bytes of one head's slots in a plane. */
    private static final int HEAD = 24;

    private static final int PLANE = KV_HEADS * HEAD;

    static Stream<Arguments> allPairs() {
        int[] ranks = {1, 2, 4, 8};
        List<Arguments> pairs = new ArrayList<>();
        for (int from : ranks) {
            for (int to : ranks) {
                pairs.add(Arguments.of(from, to));
            }
        }
        return pairs.stream();
    }

    /** A byte for each head of each plane, and where in it. */
    private static byte at(int plane, int head, int offset) {
        return (byte) (31 * (plane * KV_HEADS + head) + offset);
    }

    /** What each rank holds: its heads of every plane, one plane after the other. */
    private static byte[][] blocks(int ranks) {
        int heads = KV_HEADS / ranks;
        byte[][] blocks = new byte[ranks][PLANES * heads * HEAD];
        for (int rank = 0; rank < ranks; rank++) {
            for (int i = 0; i < blocks[rank].length; i++) {
                int plane = i / (heads * HEAD);
                int head = rank * heads + i % (heads * HEAD) / HEAD;
                blocks[rank][i] = at(plane, head, i % HEAD);
            }
        }
        return blocks;
    }

    /** Frames of any size carry each head from whoever has it to whoever shall have it. */
    @ParameterizedTest
    @MethodSource("allPairs")
    void shouldMoveEveryHeadWhateverTheTwoSidesRanks(int from, int to) {
        KvShares sender = new KvShares(PLANE, from);
        KvShares receiver = new KvShares(PLANE, to);
        byte[][] source = blocks(from);
        byte[][] target = new byte[to][PLANES * PLANE / to];
        Random random = new Random(from * 10 + to);
        for (int offset = 0; offset < PLANES * PLANE; ) {
            int length = Math.min(1 + random.nextInt(3 * PLANE), PLANES * PLANE - offset);
            byte[] frame = new byte[length];
            for (KvShares.Piece p : sender.pieces(offset, length)) {
                int at = p.offset() - offset;
                System.arraycopy(source[p.rank()], p.rankOffset(), frame, at, p.length());
            }
            for (KvShares.Piece p : receiver.pieces(offset, length)) {
                int at = p.offset() - offset;
                System.arraycopy(frame, at, target[p.rank()], p.rankOffset(), p.length());
            }
            offset += length;
        }
        assertThat(target).isDeepEqualTo(blocks(to));
    }

    @Test
    void shouldKeepEachRanksPartOfARangeTogether() {
        KvShares shares = new KvShares(PLANE, 4);
        int offset = PLANE / 3;
        int length = 3 * PLANE;
        int[] next = new int[4];
        for (int rank = 0; rank < 4; rank++) {
            next[rank] = shares.rankOffset(rank, offset);
        }
        for (KvShares.Piece piece : shares.pieces(offset, length)) {
            assertThat(piece.rankOffset()).isEqualTo(next[piece.rank()]);
            next[piece.rank()] += piece.length();
        }
        for (int rank = 0; rank < 4; rank++) {
            assertThat(next[rank]).isEqualTo(shares.rankOffset(rank, offset + length));
        }
    }

    @Test
    void shouldRefuseHeadsThatDoNotDivide() {
        assertThatThrownBy(() -> new KvShares(100, 3))
                .hasMessage("planes of 100 bytes for 3 ranks (expected: a multiple)");
    }
}
