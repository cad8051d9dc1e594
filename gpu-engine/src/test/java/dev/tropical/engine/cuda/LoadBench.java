package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.RunnerOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** How long an engine takes to load a model from safetensors files, from its process's start on. */
final class LoadBench {
    private LoadBench() {}

    /** {@code NAME AIM_SECONDS FOLDER} */
    public static void main(String[] args) throws Exception {
        BenchResults results = new BenchResults("cuda-load");
        Instant processStart = ProcessHandle.current().info().startInstant().orElseThrow();
        long startNs = System.nanoTime();
        RunnerOptions limits =
                new RunnerOptions(LoadFormat.AUTO, 8192, 16, 0, 20L << 30, 0.9, 256, 8192);
        CudaOptions options = new CudaOptions(limits, DType.BF16, 0, GpuTests.KERNELS);
        try (ModelRunner runner = CudaBackend.load(Path.of(args[2]), options)) {
            double seconds = (System.nanoTime() - startNs) / 1e9;
            double all = Duration.between(processStart, Instant.now()).toMillis() / 1e3;
            results.add(args[0] + "-blocks", runner.spec().numBlocks());
            results.add(args[0] + "-of-process-s", all);
            results.atMost(args[0] + "-s", seconds, Double.parseDouble(args[1]));
        }
        System.exit(results.exitCode());
    }
}
