package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.RunnerOptions;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
    private static final ModelConfig CONFIG = GpuTests.config(512, 8, 2, 64, 0);

    /** 2 layers, keys and values, 2 heads of 64, 16 tokens, 2 bytes. */
    private static final long BLOCK_BYTES = 2 * 2 * 2 * 64 * 16 * 2;

    private static final long OWN = 300 * BLOCK_BYTES;

    private static final long RESERVED = 10 * BLOCK_BYTES;

    private static RunnerOptions options(int numBlocks, int maxNumSeqs) {
        return new RunnerOptions(LoadFormat.DUMMY, 1000, 16, numBlocks, 0, 0.9, maxNumSeqs, 512);
    }

    private static int blocks(RunnerOptions options, long free, long total)
            throws ModelLoadException {
        KvLayout layout = KvLayout.of(CONFIG, 16, DType.BF16);
        GpuMemory memory = new GpuMemory(OWN, free, total);
        return MemoryPlan.spec(CONFIG, options, layout, memory, RESERVED).numBlocks();
    }

    @Test
    void shouldTakeItsShareOfTheGpuLessWhatIsInUse() throws Exception {
        long total = 1000 * BLOCK_BYTES;
        // 900 of 1000 may be used, 300 are, and 10 are to be left.
        assertThat(blocks(options(0, 4096), 700 * BLOCK_BYTES, total)).isEqualTo(590);
        // Another process has 200 more: its share is its own affair, but what is not free is not.
        assertThat(blocks(options(0, 4096), 500 * BLOCK_BYTES, total)).isEqualTo(490);
    }

    @Test
    void shouldMakeNoMoreBlocksThanSequencesFill() throws Exception {
        long total = 1L << 40;
        assertThat(blocks(options(0, 3), total, total)).isEqualTo(3 * 63);
    }

    @Test
    void shouldSayWhyNothingFits() {
        long total = 320 * BLOCK_BYTES;
        assertThatThrownBy(() -> blocks(options(0, 4), 5 * BLOCK_BYTES, total))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("KV cache: 0 blocks of " + BLOCK_BYTES + " bytes (expected");
        assertThatThrownBy(() -> blocks(options(6, 4), 5 * BLOCK_BYTES, total))
                .hasMessageContaining("KV cache: 6 blocks");
    }
}
