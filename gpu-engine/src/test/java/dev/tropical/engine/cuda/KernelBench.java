package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.Rope;
import dev.tropical.protocol.wire.SamplingParams;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Times kernels alone, in the dimensions of Llama 3 8B, beside what the machine gives in the same
 * run: a device copy, and the products of a decode step in a graph. Random data, several layers in
 * turn so that nothing comes from the cache.
 */
final class KernelBench implements AutoCloseable {
    private static final int LAYERS = 8;
    private static final int BLOCK = 16;
    private static final int REPEATS = 7;
    private static final int HEADS = 32;
    private static final int DIM = 128;
    private static final int HIDDEN = 4096;
    private static final int INTERMEDIATE = 14336;
    private static final int VOCAB = 128256;
    private static final int CONTEXT_TOKENS = 524_288;

    private static final ModelConfig CONFIG =
            new ModelConfig(
                    Architecture.LLAMA,
                    HIDDEN,
                    INTERMEDIATE,
                    LAYERS,
                    HEADS,
                    8,
                    DIM,
                    VOCAB,
                    32768,
                    1e-5f,
                    new Rope(500_000, null),
                    Collections.nCopies(LAYERS, 0),
                    false,
                    new ModelConfig.Biases(false, false, false),
                    false,
                    DType.BF16,
                    List.of());

    private static final KvLayout LAYOUT = KvLayout.of(CONFIG, BLOCK);

    private final GpuDevice device = GpuDevice.open(0);
    private final KernelCompiler compiler = GpuTests.compiler(device);
    private final GpuArrays gpu = new GpuArrays();
    private final Kernels kernels = new Kernels(compiler, CONFIG, LAYOUT);
    private final Event begin = new Event();
    private final Event end = new Event();

    public static void main(String[] names) {
        List<String> wanted =
                names.length == 0
                        ? List.of("copy", "gemm", "attention", "sample")
                        : Arrays.asList(names);
        try (KernelBench bench = new KernelBench()) {
            if (wanted.contains("copy")) {
                bench.copy();
            }
            if (wanted.contains("attention")) {
                bench.attention();
            }
            if (wanted.contains("gemm")) {
                bench.gemms();
            }
        }
        if (wanted.contains("sample")) {
            sample();
        }
    }

    /** Median milliseconds of one of {@code LAYERS} launches. */
    private double time(IntConsumer launch) {
        double[] samples = new double[REPEATS];
        for (int i = -1; i < REPEATS; i++) {
            begin.record(gpu.stream);
            for (int layer = 0; layer < LAYERS; layer++) {
                launch.accept(layer);
            }
            end.record(gpu.stream);
            gpu.stream.synchronize();
            samples[Math.max(0, i)] = end.nanosSince(begin) / 1e6 / LAYERS;
        }
        Arrays.sort(samples);
        return samples[REPEATS / 2];
    }

    private DeviceBuffer random(long elements) {
        DeviceBuffer buffer = gpu.uninitialized(2 * elements);
        kernels.randomFill(gpu.stream, buffer.address(), elements, 1.7f, elements);
        return buffer;
    }

    private void copy() {
        long bytes = 4L << 30;
        try (DeviceBuffer from = new DeviceBuffer(bytes);
                DeviceBuffer to = new DeviceBuffer(bytes)) {
            kernels.randomFill(gpu.stream, from.address(), bytes / 2, 1, 1);
            double ms = time(layer -> gpu.stream.copy(to.pointer(), from.pointer(), bytes));
            result("copy-tb-per-s", 2 * bytes / ms / 1e9);
        }
    }

    private void attention() {
        int blocks = CONTEXT_TOKENS / BLOCK;
        DeviceBuffer cache = random(blocks * LAYOUT.blockElements());
        int[] table = new Random(1).ints(0, blocks).distinct().limit(blocks).toArray();
        DeviceBuffer tables = gpu.ints(table);
        DeviceBuffer qkv = random(32768L * CONFIG.qkvSize());
        DeviceBuffer out = gpu.uninitialized(2L * 32768 * HEADS * DIM);
        for (int length : new int[] {512, 2048, 8192, 32768}) {
            prefill(0, length, cache, tables, qkv, out);
        }
        prefill(30720, 2048, cache, tables, qkv, out);
        int[][] batches = {
            {1, 1024}, {16, 1024}, {64, 1024}, {64, 4096}, {256, 1024}, {1, 32768}, {16, 32768}
        };
        for (int[] batch : batches) {
            decode(batch[0], batch[1], cache, tables, qkv, out);
        }
    }

    private void prefill(
            int start,
            int length,
            DeviceBuffer cache,
            DeviceBuffer tables,
            DeviceBuffer qkv,
            DeviceBuffer out) {
        int count = (length + PrefillAttention.TILE_QUERIES - 1) / PrefillAttention.TILE_QUERIES;
        int[] tiles = new int[2 * count];
        for (int i = 0; i < count; i++) {
            tiles[2 * i + 1] = (count - 1 - i) * PrefillAttention.TILE_QUERIES;
        }
        PrefillAttention.Chunks chunks =
                new PrefillAttention.Chunks(
                        gpu.ints(0, start, length, 0, 0, 0, 0, 0).address(),
                        gpu.ints(tiles).address(),
                        tables.address(),
                        count);
        double pairs = (double) length * start + (double) length * (length + 1) / 2;
        for (int capability : new int[] {80, device.capability()}) {
            try (PrefillAttention attention =
                    new PrefillAttention(compiler, capability, CONFIG, LAYOUT, cache)) {
                double ms =
                        time(
                                layer ->
                                        attention.launch(
                                                gpu.stream,
                                                qkv.address(),
                                                chunks,
                                                out.address(),
                                                layer));
                String name = "prefill-attention-" + start + "+" + length + "-sm" + capability;
                result(name + "-ms", ms);
                result(name + "-tflop-per-s", 4 * pairs * HEADS * DIM / ms / 1e9);
            }
        }
    }

    private void decode(
            int batch,
            int context,
            DeviceBuffer cache,
            DeviceBuffer tables,
            DeviceBuffer qkv,
            DeviceBuffer out) {
        int[] lengths = new int[batch];
        int[] rows = new int[batch];
        int[] firsts = new int[batch];
        Arrays.fill(lengths, context);
        Arrays.setAll(rows, i -> i);
        Arrays.setAll(firsts, i -> i * context / BLOCK);
        DecodeAttention.Decodes decodes =
                new DecodeAttention.Decodes(
                        gpu.ints(lengths).address(),
                        gpu.ints(rows).address(),
                        gpu.ints(firsts).address(),
                        tables.address(),
                        batch);
        try (DecodeAttention attention =
                new DecodeAttention(compiler, device, CONFIG, LAYOUT, batch)) {
            attention.plan(gpu.stream, decodes);
            gpu.stream.synchronize();
            IntConsumer launch =
                    layer ->
                            attention.launch(
                                    gpu.stream,
                                    qkv.address(),
                                    cache.address(),
                                    decodes,
                                    out.address(),
                                    layer);
            double ms = time(launch);
            String name = "decode-attention-" + batch + "x" + context;
            result(name + "-us", ms * 1e3);
            double bytes = 2.0 * 2 * CONFIG.numKvHeads() * DIM * batch * context;
            result(name + "-tb-per-s", bytes / ms / 1e9);
        }
    }

    /** Products of a whole model's decode step, one layer after the other, in a graph. */
    private void gemms() {
        int[][] shapes = {
            {CONFIG.qkvSize(), HIDDEN},
            {HIDDEN, HIDDEN},
            {2 * INTERMEDIATE, HIDDEN},
            {HIDDEN, INTERMEDIATE}
        };
        Matrix[][] weights = new Matrix[LAYERS][shapes.length];
        for (Matrix[] layer : weights) {
            for (int i = 0; i < shapes.length; i++) {
                long elements = (long) shapes[i][0] * shapes[i][1];
                layer[i] = new Matrix(random(elements).address(), shapes[i][0], shapes[i][1], 0);
            }
        }
        Matrix head = new Matrix(random((long) VOCAB * HIDDEN).address(), VOCAB, HIDDEN, 0);
        DeviceBuffer in = random(8192L * INTERMEDIATE);
        DeviceBuffer out = gpu.uninitialized(4L * 256 * VOCAB + 2L * 8192 * 2 * INTERMEDIATE);
        try (Gemm gemm = new Gemm(8192)) {
            for (int tokens : new int[] {1, 16, 64, 256, 2048, 8192}) {
                IntConsumer layers =
                        layer -> {
                            for (Matrix weight : weights[layer]) {
                                gemm.multiply(
                                        gpu.stream,
                                        gemm.shape(weight, false),
                                        weight,
                                        tokens,
                                        in.address(),
                                        out.address());
                            }
                        };
                double ms = 32 * timeInGraph(layers);
                if (tokens <= 256) {
                    ms +=
                            timeInGraph(
                                    layer ->
                                            gemm.multiply(
                                                    gpu.stream,
                                                    gemm.shape(head, true),
                                                    head,
                                                    tokens,
                                                    in.address(),
                                                    out.address()));
                }
                result("gemms-" + tokens + "-ms", ms);
            }
        }
    }

    private double timeInGraph(IntConsumer launch) {
        launch.accept(0);
        gpu.stream.synchronize();
        Runnable all =
                () -> {
                    for (int layer = 0; layer < LAYERS; layer++) {
                        launch.accept(layer);
                    }
                };
        try (StepGraph graph = new StepGraph(gpu.stream, all)) {
            return time(layer -> graph.launch(gpu.stream)) / LAYERS;
        }
    }

    private static void sample() {
        int rows = 256;
        float[] logits = new float[rows * VOCAB];
        Random random = new Random(2);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (3 * random.nextGaussian());
        }
        try (SamplingHarness harness = new SamplingHarness(rows, VOCAB)) {
            SamplingParams.Builder params = SamplingHarness.params();
            time(harness, params, logits, "greedy");
            params.setTemperature(1);
            time(harness, params, logits, "temperature");
            time(harness, params.clone().setTopK(50), logits, "top-k");
            time(harness, params.clone().setTopP(0.9f), logits, "top-p");
            time(harness, params.clone().setTopK(50).setTopP(0.9f), logits, "top-k-top-p");
            time(
                    harness,
                    params.clone().setTopP(0.9f).setFrequencyPenalty(0.5f),
                    logits,
                    "top-p-penalty");
        }
    }

    private static void time(
            SamplingHarness harness, SamplingParams.Builder params, float[] logits, String name) {
        for (int row = 0; row < harness.rows; row++) {
            harness.bind(row, params.setSeed(row).build());
        }
        result("sample-256x128256-" + name + "-ms", harness.time(logits, 21));
    }

    private static void result(String key, double value) {
        System.out.printf(Locale.ROOT, "RESULT cuda-kernels.%s=%.4f%n", key, value);
    }

    @Override
    public void close() {
        gpu.stream.synchronize();
        begin.close();
        end.close();
        kernels.close();
        gpu.close();
    }
}
