package dev.tropical.engine.cuda;

import dev.tropical.protocol.wire.SamplingParams;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Times what a step consists of, each by itself: memory, products, attention, sampling. */
final class KernelBench {
    private static final int BLOCK = 16;
    private static final int CONTEXT_TOKENS = 524_288;
    private static final int[][] BATCHES_AND_CONTEXTS = {
        {1, 1024}, {16, 1024}, {64, 1024}, {64, 4096}, {256, 1024}, {1, 32768}, {16, 32768}
    };

    private static final BenchResults RESULTS = new BenchResults("cuda-kernels");

    private KernelBench() {}

    /** Names of what is timed, all if none. */
    public static void main(String[] names) {
        List<String> wanted =
                names.length == 0
                        ? List.of("memory", "products", "prefill", "decode", "sample")
                        : Arrays.asList(names);
        try (KernelTimes times = new KernelTimes(BenchModels.named("8b", 32_768), BLOCK)) {
            if (wanted.contains("memory")) {
                RESULTS.add("copy-tb-per-s", times.copyBytesPerSecond() / 1e12);
                RESULTS.add("read-tb-per-s", times.readBytesPerSecond() / 1e12);
            }
            if (wanted.contains("products")) {
                products(times);
            }
            AttentionTimes attention = new AttentionTimes(times, CONTEXT_TOKENS);
            if (wanted.contains("prefill")) {
                prefill(times, attention);
            }
            if (wanted.contains("decode")) {
                decode(times, attention);
            }
        }
        if (wanted.contains("sample")) {
            sample();
        }
        System.exit(RESULTS.exitCode());
    }

    private static void products(KernelTimes times) {
        try (ProductTimes products = new ProductTimes(times, 8192, 256)) {
            for (int tokens : new int[] {1, 16, 64, 256}) {
                RESULTS.add("gemms-" + tokens + "-ms", products.stepMs(tokens));
            }
            for (int tokens : new int[] {2048, 8192}) {
                RESULTS.add("gemms-" + tokens + "-ms", products.layersMs(tokens));
            }
        }
    }

    private static void prefill(KernelTimes times, AttentionTimes attention) {
        int[][] prompts = {{0, 512}, {0, 2048}, {0, 8192}, {0, 32768}, {30720, 2048}};
        for (int[] prompt : prompts) {
            int length = prompt[1];
            double pairs = (double) length * prompt[0] + (double) length * (length + 1) / 2;
            double flop = 4 * pairs * times.config.numHeads() * times.config.headDim();
            for (int capability : new int[] {80, times.device.capability()}) {
                double ms = attention.prefillMs(1, prompt[0], length, capability);
                String name = "prefill-attention-" + prompt[0] + "+" + length + "-sm" + capability;
                RESULTS.add(name + "-ms", ms);
                RESULTS.add(name + "-tflop-per-s", flop / ms / 1e9);
            }
        }
    }

    private static void decode(KernelTimes times, AttentionTimes attention) {
        for (int[] point : BATCHES_AND_CONTEXTS) {
            double ms = attention.decodeMs(point[0], point[1]);
            String name = "decode-attention-" + point[0] + "x" + point[1];
            RESULTS.add(name + "-us", ms * 1e3);
            double tokenBytes = 2.0 * 2 * times.config.numKvHeads() * times.config.headDim();
            RESULTS.add(name + "-tb-per-s", tokenBytes * point[0] * point[1] / ms / 1e9);
        }
    }

    private static void sample() {
        int rows = 256;
        int vocab = 128_256;
        float[] logits = new float[rows * vocab];
        Random random = new Random(2);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (3 * random.nextGaussian());
        }
        try (SamplingHarness harness = new SamplingHarness(rows, vocab)) {
            SamplingParams.Builder params = SamplingHarness.params();
            RESULTS.add("sample-greedy-ms", sampleMs(harness, params, logits));
            params.setTemperature(1);
            RESULTS.add("sample-temperature-ms", sampleMs(harness, params, logits));
            RESULTS.add("sample-top-k-ms", sampleMs(harness, params.clone().setTopK(50), logits));
            params.setTopP(0.9f);
            RESULTS.atMost("sample-top-p-ms", sampleMs(harness, params, logits), 0.3);
            params.setFrequencyPenalty(0.5f);
            RESULTS.add("sample-top-p-penalty-ms", sampleMs(harness, params, logits));
        }
    }

    private static double sampleMs(
            SamplingHarness harness, SamplingParams.Builder params, float[] logits) {
        for (int row = 0; row < harness.rows; row++) {
            harness.bind(row, params.setSeed(row).build());
        }
        return harness.time(logits, 21);
    }
}
