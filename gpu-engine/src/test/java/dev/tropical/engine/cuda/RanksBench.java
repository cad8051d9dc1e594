package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.RunnerOptions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Times steps of InternLM2.5-20B's dimensions on one GPU and on two that share the model: decode by
 * batch and context, two steps in flight, and prefill of one prompt.
 */
public final class RanksBench {
    private static final int[][] BATCHES_AND_CONTEXTS = {{1, 1024}, {64, 1024}, {64, 4096}};
    private static final int[] PROMPTS = {2048, 8192};
    private static final int MAX_MODEL_LEN = 8448;
    private static final int MAX_BATCH = 64;
    private static final int STEPS = 100;
    private static final int PREFILLS = 5;
    private static final long KV_BYTES = 60L << 30;

    /** What a step on two GPUs is to take at most, ms. */
    private static final Map<String, Double> AIMS = Map.of("1x1024", 6.5, "64x1024", 8.7);

    private static final double SPEEDUP_AIM = 1.6;
    private static final BenchResults RESULTS = new BenchResults("cuda-ranks");

    private RanksBench() {}

    public static void main(String[] args) throws InterruptedException {
        try {
            Map<String, Double> alone = run(1);
            Map<String, Double> shared = run(2);
            shared.forEach((name, ms) -> compare(name, alone.getOrDefault(name, 0.0), ms));
        } catch (ModelLoadException e) {
            System.err.println("ranks-bench: " + e.getMessage());
            System.exit(1);
        }
        System.exit(RESULTS.exitCode());
    }

    private static void compare(String name, double alone, double shared) {
        Double aim = AIMS.get(name);
        if (aim == null) {
            RESULTS.add(name + "-speedup", alone / shared);
        } else {
            RESULTS.atMost(name + "-ms", shared, aim);
            RESULTS.atLeast(name + "-speedup", alone / shared, SPEEDUP_AIM);
        }
    }

    /** Milliseconds of each step. */
    private static Map<String, Double> run(int ranks)
            throws ModelLoadException, InterruptedException {
        RunnerOptions limits =
                new RunnerOptions(
                        LoadFormat.DUMMY, MAX_MODEL_LEN, 16, 0, KV_BYTES, 0.95, MAX_BATCH, 8192);
        CudaOptions options = new CudaOptions(limits, DType.BF16, 0, ranks, GpuTests.KERNELS);
        Map<String, Double> times = new LinkedHashMap<>();
        try (ModelRunner runner =
                CudaBackend.loadDummy(BenchModels.named("20b", MAX_MODEL_LEN), options)) {
            CudaSteps steps = new CudaSteps(runner);
            for (int[] batch : BATCHES_AND_CONTEXTS) {
                times.put(batch[0] + "x" + batch[1], decode(steps, batch[0], batch[1]));
            }
            for (int length : PROMPTS) {
                times.put("prefill-" + length, prefill(steps, length));
            }
        }
        times.forEach((name, ms) -> RESULTS.add("tp" + ranks + "-" + name + "-ms", ms));
        return times;
    }

    private static double decode(CudaSteps steps, int batch, int context)
            throws InterruptedException {
        int start = context - STEPS / 2;
        steps.bind(batch, start + STEPS);
        double[] seconds = steps.decode(batch, start, STEPS);
        steps.release(batch);
        return seconds[0] * 1e3;
    }

    /** The median. */
    private static double prefill(CudaSteps steps, int length) throws InterruptedException {
        double[] samples = new double[PREFILLS];
        for (int i = 0; i < PREFILLS; i++) {
            samples[i] = steps.prefill(length, 0) * 1e3;
        }
        Arrays.sort(samples);
        return samples[PREFILLS / 2];
    }
}
