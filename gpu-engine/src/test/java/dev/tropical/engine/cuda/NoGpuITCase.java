package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.RunnerOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine without a GPU. */
class NoGpuITCase {
    @TempDir Path folder;

    @Test
    void shouldSayWhatIsMissing() {
        assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "no GPU");
        ModelConfig config = GpuTests.config(512, 8, 2, 64, 0);
        RunnerOptions limits = new RunnerOptions(LoadFormat.DUMMY, 0, 16, 0, 0, 0.9, 4, 512);
        CudaOptions options = new CudaOptions(limits, DType.BF16, 0, folder);
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> CudaBackend.loadDummy(config, options))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessageStartingWith("device cuda: ")
                    .hasMessageContaining("expected: an NVIDIA driver, and CUDA 13's cudart");
        }
    }
}
