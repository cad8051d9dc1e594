package dev.tropical.engine.cuda;

import org.junit.jupiter.api.Tag;

/** Each architecture on two GPUs against transformers. */
@Tag("gpu")
class TensorParallelLogitsGpuTest extends ReferenceLogitsGpuTest {
    @Override
    int ranks() {
        return 2;
    }
}
