package dev.tropical.scheduling.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
    private static final PrefixKey ANY = new PrefixKey(1, 2);

    @Test
    void shouldHandOutEachBlockOnce() {
        BlockPool pool = new BlockPool(5, 16, null);
        Set<Integer> blocks = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            blocks.add(pool.allocate());
        }
        assertThat(blocks).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
        assertThat(pool.free()).isZero();
        assertThatThrownBy(pool::allocate).isInstanceOf(IllegalStateException.class);
        pool.checkIntegrity();
    }

    @Test
    void shouldKeepASharedBlockUntilItsLastReferenceEnds() {
        BlockPool pool = new BlockPool(2, 16, null);
        int block = pool.allocate();
        pool.acquire(block);
        pool.release(block);
        assertThat(pool.used()).isEqualTo(1);
        pool.release(block);
        assertThat(pool.used()).isZero();
    }

    @Test
    void shouldRefuseToReleaseAFreeBlock() {
        BlockPool pool = new BlockPool(2, 16, null);
        int block = pool.allocate();
        pool.release(block);
        assertThatThrownBy(() -> pool.release(block)).hasMessageContaining("block " + block);
    }

    @Test
    void shouldReuseBlocksOfUnknownContentBeforeCachedOnes() {
        PrefixCache cache = new PrefixCache("model");
        BlockPool pool = new BlockPool(2, 16, cache);
        int cached = pool.allocate();
        int other = pool.allocate();
        cache.put(ANY, cached);
        pool.release(cached);
        pool.release(other);
        assertThat(pool.allocate()).isEqualTo(other);
        assertThat(cache.match(List.of(ANY))).containsExactly(cached);
        assertThat(pool.allocate()).isEqualTo(cached);
        assertThat(cache.match(List.of(ANY))).isEmpty();
    }

    @Test
    void shouldEvictTheLeastRecentlyUsedCachedBlock() {
        PrefixCache cache = new PrefixCache("model");
        BlockPool pool = new BlockPool(2, 16, cache);
        int first = pool.allocate();
        int second = pool.allocate();
        cache.put(ANY, first);
        cache.put(new PrefixKey(3, 4), second);
        pool.release(first);
        pool.release(second);
        pool.acquire(first);
        pool.release(first);
        assertThat(pool.allocate()).isEqualTo(second);
    }

    @Test
    void shouldStayConsistentUnderRandomUse() {
        Random random = new Random(7);
        BlockPool pool = new BlockPool(17, 16, new PrefixCache("model"));
        List<Integer> held = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            int choice = random.nextInt(4);
            if (choice == 0 && pool.free() > 0) {
                held.add(pool.allocate());
            } else if (choice == 1) {
                int block = random.nextInt(pool.total());
                pool.acquire(block);
                held.add(block);
            } else if (!held.isEmpty()) {
                pool.release(held.remove(random.nextInt(held.size())));
            }
            pool.checkIntegrity();
            assertThat(pool.used()).isEqualTo(new HashSet<>(held).size());
        }
    }

    @Test
    void shouldSayWhatIsWrongWithItsSizes() {
        assertThatThrownBy(() -> new BlockPool(0, 16, null)).hasMessageContaining("numBlocks: 0");
        assertThatThrownBy(() -> new BlockPool(4, 12, null))
                .hasMessage("blockSize: 12 (expected: a power of two)");
    }
}
