package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.BlockLink;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Blocks between two GPUs of one process. */
@Tag("gpu")
class NcclLinkGpuTest {
    private static final int CTAS = 8;
    private static final int SAMPLE_BYTES = 4096;

    private final RankPair pair = new RankPair();

    @AfterEach
    void close() {
        pair.close();
    }

    private static byte[] bytes(int index) {
        byte[] bytes = new byte[SAMPLE_BYTES];
        new Random(index).nextBytes(bytes);
        return bytes;
    }

    /** Marks both ends of each block: what is between them is the device's affair. */
    private static void mark(LinkEnd end, int[] blocks) {
        for (int i = 0; i < blocks.length; i++) {
            end.pool.write(blocks[i], 0, ByteBuffer.wrap(bytes(i)));
            int tail = LinkEnd.BLOCK_BYTES - SAMPLE_BYTES;
            end.pool.write(blocks[i], tail, ByteBuffer.wrap(bytes(~i)));
        }
    }

    private static void expectMarks(LinkEnd end, int[] blocks) {
        for (int i = 0; i < blocks.length; i++) {
            ByteBuffer read = ByteBuffer.allocate(SAMPLE_BYTES);
            end.pool.read(blocks[i], 0, read);
            assertThat(read.array()).isEqualTo(bytes(i));
            ByteBuffer tail = ByteBuffer.allocate(SAMPLE_BYTES);
            end.pool.read(blocks[i], LinkEnd.BLOCK_BYTES - SAMPLE_BYTES, tail);
            assertThat(tail.array()).isEqualTo(bytes(~i));
        }
    }

    @Test
    void shouldMoveBlocksToWhereTheyAreWanted() throws Exception {
        pair.run(
                seat -> {
                    try (LinkEnd end = new LinkEnd(seat, CTAS)) {
                        int[] blocks = end.blocks(1);
                        if (seat.shard().isFirst()) {
                            mark(end, blocks);
                        }
                        long last = 0;
                        for (int i = 0; i < blocks.length; i += BlockLink.MAX_BLOCKS) {
                            last = end.ask(Arrays.copyOfRange(blocks, i, i + BlockLink.MAX_BLOCKS));
                        }
                        end.awaitDone(last);
                        if (!seat.shard().isFirst()) {
                            expectMarks(end, blocks);
                        }
                        return seat.exchange(true);
                    }
                });
    }

    @Test
    void shouldGoOnBehindBlocksThatNobodyWants() throws Exception {
        pair.run(
                seat -> {
                    try (LinkEnd end = new LinkEnd(seat, CTAS)) {
                        boolean isSender = seat.shard().isFirst();
                        int[] blocks = Arrays.copyOf(end.blocks(2), 8);
                        int[] others = Arrays.copyOfRange(end.blocks(2), 8, 16);
                        if (isSender) {
                            mark(end, blocks);
                            end.link.send(others);
                        } else {
                            end.link.discard(others.length);
                        }
                        end.awaitDone(end.ask(blocks));
                        if (!isSender) {
                            expectMarks(end, blocks);
                        }
                        return seat.exchange(true);
                    }
                });
    }

    /** The engines then move their blocks over the host. */
    @Test
    void shouldBreakWhereTheGpuIsFull() {
        GpuDevice device = GpuDevice.open(0);
        try (Owned owned = new Owned()) {
            BlockMover mover = owned.add(new BlockMover(GpuTests.compiler(device)));
            KvPool pool = owned.add(new KvPool(BlockLink.MAX_BLOCKS, LinkEnd.BLOCK_BYTES));
            NcclLinks links = owned.add(new NcclLinks(pool, mover, CTAS));
            byte[] id = links.newId();
            for (long bytes = 1L << 36; bytes >= 1L << 21; bytes /= 2) {
                DeviceBuffer buffer = DeviceBuffer.ifThereIsRoom(bytes);
                while (buffer != null) {
                    owned.add(buffer);
                    buffer = DeviceBuffer.ifThereIsRoom(bytes);
                }
            }
            assertThat(links.open(id, true).turn()).isEqualTo(BlockLink.State.BROKEN);
        }
    }

    /** The sender is gone in the middle: the receiver gives up, and its memory is free again. */
    @Test
    void shouldGiveUpWhatDoesNotCome() throws Exception {
        List<Long> leftOver =
                pair.run(
                        seat -> {
                            GpuDevice device = GpuDevice.open(0, seat.shard());
                            try (LinkEnd end = new LinkEnd(seat, CTAS)) {
                                end.awaitDone(end.ask(new int[] {1, 2, 3}));
                            }
                            seat.exchange(true);
                            long before = device.memory().free();
                            for (int round = 0; round < 3; round++) {
                                giveUp(seat);
                                seat.exchange(true);
                            }
                            return before - device.memory().free();
                        });
        for (long bytes : leftOver) {
            assertThat(bytes).isLessThan(32L << 20);
        }
    }

    private static void giveUp(RankSeat seat) {
        try (LinkEnd end = new LinkEnd(seat, CTAS)) {
            end.awaitDone(end.ask(new int[] {1}));
            if (!seat.shard().isFirst()) {
                end.link.receive(new int[3], new int[] {4, 5, 6});
            }
            long startNs = System.nanoTime();
            while (System.nanoTime() - startNs < 200_000_000) {
                end.link.turn();
            }
            seat.exchange(true);
            assertThat(end.link.done()).isEqualTo(1);
            end.link.close();
            // The pool is its own again.
            mark(end, new int[] {4, 5, 6});
            expectMarks(end, new int[] {4, 5, 6});
        }
    }
}
