package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedPoolTest {
    private static final int NCCL_ID_BYTES = 128;

    private static SharedPool pool() {
        byte[] handle = new byte[64];
        for (int i = 0; i < handle.length; i++) {
            handle[i] = (byte) (200 + i);
        }
        return new SharedPool(28_360, 3 << 20, handle);
    }

    @Test
    void shouldBeFoundInALinksId() {
        SharedPool found = SharedPool.of(pool().newLinkId()).orElseThrow();
        assertThat(found.numBlocks()).isEqualTo(28_360);
        assertThat(found.blockBytes()).isEqualTo(3 << 20);
        assertThat(found.handle()).isEqualTo(pool().handle());
    }

    @Test
    void shouldGiveEachLinkAnIdOfItsOwn() {
        assertThat(pool().newLinkId()).isNotEqualTo(pool().newLinkId());
    }

    @Test
    void shouldNotBeFoundInAnIdOfAnotherKind() {
        assertThat(SharedPool.of(new byte[NCCL_ID_BYTES])).isEmpty();
        byte[] other = pool().newLinkId();
        other[0]++;
        assertThat(SharedPool.of(other)).isEmpty();
    }
}
