package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLink;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** One GPU's pool and its end of a link, on a thread of its own; rank 0 sends. */
final class LinkEnd implements AutoCloseable {
    static final int BLOCKS = 256;

    /** 16 tokens of InternLM2.5-20B. */
    static final int BLOCK_BYTES = 3 << 20;

    private static final long TIMEOUT_NS = 30_000_000_000L;

    final KvPool pool;
    final BlockLink link;
    final NcclLinks links;
    private final boolean isSender;
    private final Owned owned = new Owned();

    LinkEnd(RankSeat seat, int ctas) {
        GpuDevice device = GpuDevice.open(0, seat.shard());
        isSender = seat.shard().isFirst();
        pool = owned.add(new KvPool(BLOCKS, BLOCK_BYTES));
        BlockMover mover = owned.add(new BlockMover(GpuTests.compiler(device)));
        links = owned.add(new NcclLinks(pool, mover, ctas));
        List<byte[]> ids = seat.exchange(isSender ? links.newId() : new byte[0]);
        link = links.open(ids.get(0), isSender);
    }

    /** Blocks in another order at each end, so that they are contiguous nowhere. */
    int[] blocks(int round) {
        Random random = new Random(isSender ? round : ~round);
        int[] blocks = IntStream.range(0, BLOCKS).toArray();
        for (int i = BLOCKS - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int block = blocks[i];
            blocks[i] = blocks[j];
            blocks[j] = block;
        }
        return blocks;
    }

    long ask(int[] blocks) {
        return isSender ? link.send(blocks) : link.receive(blocks, blocks);
    }

    void awaitDone(long number) {
        long startNs = System.nanoTime();
        while (link.done() < number) {
            BlockLink.State state = link.turn();
            if (state == BlockLink.State.BROKEN || System.nanoTime() - startNs > TIMEOUT_NS) {
                throw new AssertionError(
                        state + " at " + link.done() + " (expected: " + number + ")");
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        owned.close();
    }
}
