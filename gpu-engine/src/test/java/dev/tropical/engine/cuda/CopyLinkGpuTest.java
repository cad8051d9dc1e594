package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.BlockLink;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Links to memory that is not there; those that work need two processes (PairProcessesGpuTest). */
@Tag("gpu")
class CopyLinkGpuTest {
    private static final int BLOCKS = 4;
    private static final int BLOCK_BYTES = 4096;

    private KvPool pool;

    @BeforeEach
    void open() {
        GpuDevice.open(0);
        pool = new KvPool(BLOCKS, BLOCK_BYTES);
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private void expectBrokenAndPoolUsable(SharedPool from) {
        CopyLink link = new CopyLink(from, pool);
        assertThat(link.turn()).isEqualTo(BlockLink.State.BROKEN);
        long number = link.receive(new int[] {0, 1}, new int[] {2, 3});
        assertThat(link.done()).isLessThan(number);
        link.close();
        byte[] bytes = {1, 2, 3};
        pool.write(3, 0, ByteBuffer.wrap(bytes));
        ByteBuffer read = ByteBuffer.allocate(3);
        pool.read(3, 0, read);
        assertThat(read.array()).isEqualTo(bytes);
    }

    @Test
    void shouldBreakWhereTheMemoryCannotBeMapped() {
        byte[] handle = new byte[SharedPool.of(pool).handle().length];
        expectBrokenAndPoolUsable(new SharedPool(BLOCKS, BLOCK_BYTES, handle));
    }

    @Test
    void shouldBreakWhereBlocksHaveAnotherSize() {
        SharedPool own = SharedPool.of(pool);
        expectBrokenAndPoolUsable(new SharedPool(BLOCKS, 2 * BLOCK_BYTES, own.handle()));
    }
}
