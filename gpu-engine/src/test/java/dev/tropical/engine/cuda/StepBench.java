package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.RunnerOptions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Times steps of a CUDA runner for random weights in a model's dimensions, beside what they consist
 * of: decode by batch and context, two steps in flight as the engine's loop keeps them, against the
 * products in a graph and the KV bytes; prefill of one prompt, against products and attention.
 */
final class StepBench {
    private static final int[][] POINTS_8B = {
        {1, 1024}, {16, 1024}, {64, 1024}, {64, 4096}, {256, 1024}, {1, 32768}, {16, 32768}
    };
    private static final int[][] POINTS_20B = {{1, 1024}, {64, 1024}, {64, 4096}};

    /** Tokens, and tokens cached before them. */
    private static final int[][] PROMPTS_8B = {
        {512, 0}, {2048, 0}, {8192, 0}, {32768, 0}, {2048, 30720}
    };

    private static final int[][] PROMPTS_20B = {{512, 0}, {2048, 0}, {8192, 0}};

    private static final int MAX_MODEL_LEN = 33_024;
    private static final int MAX_PROMPT = 32_768;
    private static final int BLOCK = 16;
    private static final int STEPS = 100;
    private static final int PREFILLS = 5;

    /** What reading gives at best on an H200, bytes a second. */
    private static final double READ_BYTES_PER_SECOND = 4.1e12;

    private final String model;
    private final ModelConfig config;
    private final int[][] points;
    private final int[][] prompts;
    private final BenchResults results;

    /** Milliseconds: of products by tokens, with logits for batches; of a layer's attention. */
    private final Map<Integer, Double> decodeProducts = new HashMap<>();

    private final Map<Integer, Double> prefillProducts = new HashMap<>();
    private final Map<String, Double> attention = new HashMap<>();
    private final Map<String, Double> stepMs = new HashMap<>();

    /**
     * @param points batch x context of decode steps, which alone are timed; all and prefill if none
     */
    private StepBench(String model, int[][] points, BenchResults results) {
        this.model = model;
        this.config = BenchModels.named(model, MAX_MODEL_LEN);
        boolean isSmall = model.equals("8b");
        boolean isAll = points.length == 0;
        this.points = !isAll ? points : isSmall ? POINTS_8B : POINTS_20B;
        this.prompts = !isAll ? new int[0][] : isSmall ? PROMPTS_8B : PROMPTS_20B;
        this.results = results;
    }

    /** Models: 8b, 20b, each of them alone or as {@code 8b=1x1024,64x4096}. */
    public static void main(String[] models) throws InterruptedException {
        BenchResults results = new BenchResults("cuda-steps");
        try {
            for (String model : models.length == 0 ? new String[] {"8b", "20b"} : models) {
                String[] nameAndPoints = model.split("=");
                new StepBench(nameAndPoints[0], points(nameAndPoints), results).run();
            }
        } catch (ModelLoadException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(1);
        }
        System.exit(results.exitCode());
    }

    private static int[][] points(String[] nameAndPoints) {
        if (nameAndPoints.length == 1) {
            return new int[0][];
        }
        return Arrays.stream(nameAndPoints[1].split(","))
                .map(p -> Arrays.stream(p.split("x")).mapToInt(Integer::parseInt).toArray())
                .toArray(int[][]::new);
    }

    /** Steps before their parts: a device copy was 10 % slower after 100 GB had been freed. */
    private void run() throws ModelLoadException, InterruptedException {
        timeMemory();
        timeSteps();
        timeParts();
        for (int[] point : points) {
            compareDecode(point[0], point[1]);
        }
        for (int[] prompt : prompts) {
            comparePrefill(prompt[0], prompt[1]);
        }
    }

    private void timeSteps() throws ModelLoadException, InterruptedException {
        RunnerOptions limits =
                new RunnerOptions(
                        LoadFormat.DUMMY,
                        MAX_MODEL_LEN,
                        BLOCK,
                        0,
                        70L << 30,
                        0.95,
                        256,
                        MAX_PROMPT);
        long startNs = System.nanoTime();
        CudaOptions options = new CudaOptions(limits, DType.BF16, 0, GpuTests.KERNELS);
        try (ModelRunner runner = CudaBackend.loadDummy(config, options)) {
            results.add(model + "-start-s", (System.nanoTime() - startNs) / 1e9);
            CudaSteps steps = new CudaSteps(runner);
            for (int[] point : points) {
                decode(steps, point[0], point[1]);
            }
            for (int[] prompt : prompts) {
                prefill(steps, prompt[0], prompt[1]);
            }
        }
    }

    private void timeMemory() {
        try (KernelTimes times = new KernelTimes(config, BLOCK)) {
            results.atLeast("copy-tb-per-s", times.copyBytesPerSecond() / 1e12, 4.2);
            results.add("read-tb-per-s", times.readBytesPerSecond() / 1e12);
        }
    }

    private void timeParts() {
        try (KernelTimes times = new KernelTimes(config, BLOCK);
                ProductTimes products = new ProductTimes(times, MAX_PROMPT, 256)) {
            for (int batch : Arrays.stream(points).mapToInt(p -> p[0]).distinct().toArray()) {
                double ms = products.stepMs(batch);
                decodeProducts.put(batch, ms);
                results.add(model + "-products-" + batch + "-ms", ms);
            }
            for (int tokens : Arrays.stream(prompts).mapToInt(p -> p[0]).distinct().toArray()) {
                double ms = products.layersMs(tokens);
                prefillProducts.put(tokens, ms);
                results.add(model + "-products-" + tokens + "-ms", ms);
            }
        }
        if (prompts.length > 0) {
            timeAttention();
        }
    }

    private void timeAttention() {
        try (KernelTimes times = new KernelTimes(config, BLOCK)) {
            AttentionTimes attentionTimes = new AttentionTimes(times, MAX_MODEL_LEN);
            for (int[] prompt : prompts) {
                double ms =
                        attentionTimes.prefillMs(
                                1, prompt[1], prompt[0], times.device.capability());
                attention.put(name(prompt[0], prompt[1]), ms);
                results.add(model + "-attention-" + name(prompt[0], prompt[1]) + "-ms", ms);
            }
        }
    }

    private static String name(int length, int cached) {
        return (cached > 0 ? cached + "+" : "") + length;
    }

    private void decode(CudaSteps steps, int batch, int context) throws InterruptedException {
        int start = context - STEPS / 2;
        steps.bind(batch, start + STEPS);
        double[] seconds = steps.decode(batch, start, STEPS);
        steps.release(batch);
        String name = decodeName(batch, context);
        stepMs.put(name, seconds[0] * 1e3);
        results.add(name + "-device-ms", seconds[1] * 1e3);
    }

    private void prefill(CudaSteps steps, int length, int cached) throws InterruptedException {
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < KernelTimes.WARM_NS) {
            steps.prefill(length, cached);
        }
        double[] samples = new double[PREFILLS];
        for (int i = 0; i < PREFILLS; i++) {
            samples[i] = steps.prefill(length, cached);
        }
        Arrays.sort(samples);
        stepMs.put(prefillName(length, cached), samples[PREFILLS / 2] * 1e3);
    }

    private String decodeName(int batch, int context) {
        return model + "-decode-" + batch + "x" + context;
    }

    private String prefillName(int length, int cached) {
        return model + "-prefill-" + name(length, cached);
    }

    private void compareDecode(int batch, int context) {
        double tokenBytes = 2.0 * 2 * config.numLayers() * config.numKvHeads() * config.headDim();
        double kvMs = 1e3 * tokenBytes * context * batch / READ_BYTES_PER_SECOND;
        // Products of more tokens give those of fewer too; 16 take cuBLASLt less time than 1.
        double products =
                decodeProducts.entrySet().stream()
                        .filter(entry -> entry.getKey() >= batch)
                        .mapToDouble(Map.Entry::getValue)
                        .min()
                        .orElse(0);
        double aim = 1.05 * (products + kvMs) + 0.01 * config.numLayers() + 0.1;
        String name = decodeName(batch, context);
        results.atMost(name + "-ms", stepMs.getOrDefault(name, Double.NaN), aim);
    }

    private void comparePrefill(int length, int cached) {
        double parts =
                prefillProducts.getOrDefault(length, 0.0)
                        + config.numLayers() * attention.getOrDefault(name(length, cached), 0.0);
        String name = prefillName(length, cached);
        results.atMost(name + "-ms", stepMs.getOrDefault(name, Double.NaN), 1.1 * parts);
    }
}
