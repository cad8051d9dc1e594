package dev.tropical.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.RunnerOptions;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
    private static final ModelConfig CONFIG = TestConfigs.dummy(DType.F32);
    private static final long BLOCK_BYTES = KvPool.blockBytes(CONFIG, 16);

    @Test
    void shouldTakeItsShareOfWhatTheWeightsLeave() throws Exception {
        assertThat(MemoryPlan.spec(CONFIG, options(0), 100 * BLOCK_BYTES).numBlocks())
                .isEqualTo(90);
    }

    @Test
    void shouldRefuseMoreBlocksThanTheHeapHolds() {
        assertThatThrownBy(() -> MemoryPlan.spec(CONFIG, options(91), 100 * BLOCK_BYTES))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("KV cache: 91 blocks");
    }

    /** Serial GC's young generation is no place for what stays. */
    @Test
    void shouldCountOnNoMoreThanTheOldGeneration() {
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getName().equals("Tenured Gen") || pool.getName().endsWith("Old Gen")) {
                assertThat(MemoryPlan.free()).isLessThan(pool.getUsage().getMax());
            }
        }
    }

    private static RunnerOptions options(int numBlocks) {
        return new RunnerOptions(LoadFormat.DUMMY, 1000, 16, numBlocks, 0, 0.9, 64, 512);
    }
}
