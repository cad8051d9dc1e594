package dev.tropical.engine.bench;

import dev.tropical.engine.cpu.CpuBackend;
import dev.tropical.engine.cpu.CpuOptions;
import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.Rope;
import dev.tropical.engine.model.RunnerOptions;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * How close decoding comes to what the machine could do, for random weights in the dimensions of
 * Llama 3.2 1B (bf16, the LM head counted as read once a step).
 *
 * <p>At batch 1 every weight is read for one token, so memory bandwidth is the limit; at batch 8
 * the multipliers come into sight. Both limits are measured in the same run, in turns with single
 * decode steps, so that other load on the machine hits all of them alike; medians count. Needs a
 * heap of about 6 GiB and about half a minute on an idle machine.
 */
public final class CpuEngineBench {
    private static final int ROUNDS = 25;

    /** Rounds that compile the loops and do not count. */
    private static final int WARM_UP_ROUNDS = 3;

    private static final int BATCH = 8;
    private static final double AIM_BANDWIDTH = 0.6;
    private static final double AIM_SPEEDUP = 4;
    private static final double AIM_PEAK = 0.5;

    private static final ModelConfig CONFIG =
            new ModelConfig(
                    Architecture.LLAMA,
                    2048,
                    8192,
                    16,
                    32,
                    8,
                    64,
                    128256,
                    131072,
                    1e-5f,
                    new Rope(500_000, null),
                    Collections.nCopies(16, 0),
                    false,
                    new ModelConfig.Biases(false, false, false),
                    false,
                    DType.BF16,
                    List.of());

    /** Medians of the rounds. */
    private record Medians(
            double readBytesPerSecond,
            double multiplyAddsPerSecond,
            double stepSeconds,
            double batchStepSeconds) {}

    private CpuEngineBench() {}

    public static void main(String[] args) throws InterruptedException {
        try {
            System.exit(isEveryAimMet(measure()) ? 0 : 1);
        } catch (ModelLoadException e) {
            System.err.println("bench cpu-engine: " + e.getMessage());
            System.exit(1);
        }
    }

    private static Medians measure() throws ModelLoadException, InterruptedException {
        int threads = Runtime.getRuntime().availableProcessors();
        CpuOptions options =
                new CpuOptions(
                        new RunnerOptions(LoadFormat.DUMMY, 1024, 16, 128, 0, 0.9, 1 + BATCH, 512),
                        threads,
                        1);
        double[][] samples = new double[4][ROUNDS];
        try (ModelRunner runner = CpuBackend.loadDummy(CONFIG, options)) {
            MachineSpeed machine = new MachineSpeed(threads);
            DecodeLoop alone = new DecodeLoop(runner, 0, 1);
            DecodeLoop batch = new DecodeLoop(runner, 1, BATCH);
            for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
                double[] sample = {
                    machine.readBytesPerSecond(),
                    machine.multiplyAddsPerSecond(),
                    alone.stepSeconds(),
                    batch.stepSeconds()
                };
                for (int i = 0; i < sample.length && round >= 0; i++) {
                    samples[i][round] = sample[i];
                }
            }
        }
        return new Medians(
                median(samples[0]), median(samples[1]), median(samples[2]), median(samples[3]));
    }

    private static boolean isEveryAimMet(Medians medians) {
        double weights = weightsPerStep();
        double tokensPerSecond = 1 / medians.stepSeconds;
        double batchTokensPerSecond = BATCH / medians.batchStepSeconds;
        double bandwidthLimit = medians.readBytesPerSecond / (DType.BF16.bytes() * weights);
        double peakLimit = medians.multiplyAddsPerSecond / weights;
        double fraction = tokensPerSecond / bandwidthLimit;
        double batchAim = Math.min(AIM_SPEEDUP * tokensPerSecond, AIM_PEAK * peakLimit);

        result("read-gbytes-per-s", medians.readBytesPerSecond / 1e9, "");
        result("multiply-add-gflops", 2 * medians.multiplyAddsPerSecond / 1e9, "");
        result("weight-gbytes", DType.BF16.bytes() * weights / 1e9, "");
        result("batch1-tokens-per-s", tokensPerSecond, "");
        result("batch1-fraction-of-bandwidth", fraction, " aim=>=" + AIM_BANDWIDTH);
        result("batch8-fraction-of-peak", batchTokensPerSecond / peakLimit, "");
        result("batch8-speedup", batchTokensPerSecond / tokensPerSecond, "");
        String aim = String.format(Locale.ROOT, " aim=>=%.3f", batchAim);
        result("batch8-tokens-per-s", batchTokensPerSecond, aim);
        return fraction >= AIM_BANDWIDTH && batchTokensPerSecond >= batchAim;
    }

    /** Weights that a decode step reads: all matrices but the embedding table. */
    private static double weightsPerStep() {
        double heads = (double) CONFIG.numHeads() * CONFIG.headDim();
        double kvHeads = (double) CONFIG.numKvHeads() * CONFIG.headDim();
        double hidden = CONFIG.hiddenSize();
        double attention = hidden * (2 * heads + 2 * kvHeads);
        double mlp = 3 * hidden * CONFIG.intermediateSize();
        return CONFIG.numLayers() * (attention + mlp) + hidden * CONFIG.vocabSize();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void result(String key, double value, String aim) {
        System.out.printf(Locale.ROOT, "RESULT cpu-engine.%s=%.3f%s%n", key, value, aim);
    }
}
