package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Blocks of a pool, gathered into a row and scattered from it. */
@Tag("gpu")
class BlockMoverGpuTest {
    private static final int BLOCKS = 12;

    /** Not a multiple of what a grid of threads takes at a time. */
    private static final int BLOCK_BYTES = 16 * 50_001;

    private final GpuDevice device = GpuDevice.open(0);
    private final GpuArrays gpu = new GpuArrays();
    private final KvPool pool = new KvPool(BLOCKS, BLOCK_BYTES);
    private final BlockMover mover = new BlockMover(GpuTests.compiler(device));

    @AfterEach
    void close() {
        gpu.close();
        mover.close();
        pool.close();
    }

    private static byte[] bytes(int seed) {
        byte[] bytes = new byte[BLOCK_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private byte[] read(int block) {
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES);
        pool.read(block, 0, bytes);
        return bytes.array();
    }

    @Test
    void shouldMoveBlocksByWayOfARow() {
        for (int block = 0; block < BLOCKS; block++) {
            pool.write(block, 0, ByteBuffer.wrap(bytes(block)));
        }
        DeviceBuffer row = gpu.poisoned(4L * BLOCK_BYTES);
        mover.gather(gpu.stream, pool, new int[] {7, 0, 11, 3}, row);
        mover.scatter(gpu.stream, pool, new int[] {1, -1, 9, 2}, row);
        gpu.stream.synchronize();
        int[] expected = {0, 7, 3, 3, 4, 5, 6, 7, 8, 11, 10, 11};
        for (int block = 0; block < BLOCKS; block++) {
            assertThat(read(block)).isEqualTo(bytes(expected[block]));
        }
    }
}
