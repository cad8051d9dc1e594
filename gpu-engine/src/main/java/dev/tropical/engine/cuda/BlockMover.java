package dev.tropical.engine.cuda;

import java.util.List;
import org.bytedeco.javacpp.IntPointer;

/** Copies blocks of a KV pool to memory in a row, or back; see move_blocks.cu. One thread. */
final class BlockMover implements AutoCloseable {
    /** Blocks of a call at most. */
    static final int MAX_BLOCKS = 256;

    private static final int THREADS = 512;

    /** Half of an H200's: the other half would win a tenth of the time. */
    private static final int GRID = 64;

    private static final int WORD_BYTES = 16;
    private static final List<String> DEFINES =
            List.of("MAX_BLOCKS=" + MAX_BLOCKS, "THREADS=" + THREADS);

    private final Owned owned = new Owned();
    private final Kernel kernel;
    private final IntPointer ids = owned.add(new IntPointer(MAX_BLOCKS));

    BlockMover(KernelCompiler compiler) {
        String name = "move_blocks";
        KernelModule module = owned.add(new KernelModule(compiler.compile(name + ".cu", DEFINES)));
        kernel = module.kernel(name, 6, 0);
    }

    /** Enqueues the copy of blocks to {@code row [blocks.length][pool.blockBytes()]}. */
    void gather(Stream stream, KvPool pool, int[] blocks, DeviceBuffer row) {
        checkIds(pool, blocks, 0);
        move(stream, pool, blocks, row, true);
    }

    /** Enqueues the copy back; what belongs to negative ids goes nowhere. */
    void scatter(Stream stream, KvPool pool, int[] blocks, DeviceBuffer row) {
        checkIds(pool, blocks, Integer.MIN_VALUE);
        move(stream, pool, blocks, row, false);
    }

    /** A kernel does not look: a wrong id would be read or written somewhere else. */
    private static void checkIds(KvPool pool, int[] blocks, int least) {
        for (int block : blocks) {
            if (block < least || block >= pool.numBlocks()) {
                throw new IllegalArgumentException(
                        "block " + block + " (expected: one of " + pool.numBlocks() + ")");
            }
        }
    }

    private void move(
            Stream stream, KvPool pool, int[] blocks, DeviceBuffer row, boolean isGathering) {
        boolean isWhole = pool.blockBytes() % WORD_BYTES == 0;
        boolean hasRoom = (long) blocks.length * pool.blockBytes() <= row.bytes();
        if (blocks.length > MAX_BLOCKS || !isWhole || !hasRoom) {
            throw new IllegalArgumentException(
                    blocks.length
                            + " blocks of "
                            + pool.blockBytes()
                            + " bytes (expected: at most "
                            + MAX_BLOCKS
                            + ", of a multiple of "
                            + WORD_BYTES
                            + ", in a row of "
                            + row.bytes()
                            + ")");
        }
        ids.put(blocks, 0, blocks.length);
        kernel.with(pool.blocks())
                .with(row)
                .with(ids)
                .with(pool.blockBytes() / WORD_BYTES)
                .withInt(blocks.length)
                .withInt(isGathering ? 1 : 0)
                .launch(stream, GRID, 1, THREADS);
    }

    @Override
    public void close() {
        owned.close();
    }
}
