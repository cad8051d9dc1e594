package dev.tropical.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mode vllm on two engines whose KV pools hold a few requests at a time. */
class ColocatedITCase {
    @TempDir static Path work;
    private static TestSystem system;

    @BeforeAll
    static void start() throws Exception {
        // 40 blocks of 16 tokens hold about ten of the load's requests; 64 would need 200 blocks.
        system =
                TestSystem.vllm(
                        work,
                        "--num-blocks",
                        "40",
                        "--max-model-len",
                        "512",
                        "--max-num-seqs",
                        "64");
    }

    @AfterAll
    static void stop() {
        if (system != null) {
            system.close();
        }
    }

    @Test
    void shouldFinishThreeHundredRequestsAtOnceThroughAFullPool() throws Exception {
        Load.run(system, 300);
        system.awaitIdle();
        // Else the pool was never full, and the test would show nothing.
        assertThat(system.statuses().values()).anyMatch(status -> status.getPreemptionsTotal() > 0);
    }
}
