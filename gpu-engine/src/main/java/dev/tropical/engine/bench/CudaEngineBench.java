package dev.tropical.engine.bench;

import dev.tropical.engine.cuda.CudaBackend;
import dev.tropical.engine.cuda.CudaOptions;
import dev.tropical.engine.model.Architecture;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.Rope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Times steps of a CUDA runner for random weights in the dimensions of Llama 3 8B: decode by batch
 * and context, two steps in flight as the engine's loop keeps them, and prefill of one prompt. A
 * decode step's floor is the bytes of weights and KV that it reads over the bandwidth of a device
 * copy.
 */
public final class CudaEngineBench {
    private static final int[][] BATCHES_AND_CONTEXTS = {
        {1, 1024}, {16, 1024}, {64, 1024}, {64, 4096}, {256, 1024}, {1, 32768}, {16, 32768}
    };

    /** Tokens, and tokens cached before them. */
    private static final int[][] PROMPTS = {
        {512, 0}, {2048, 0}, {8192, 0}, {32768, 0}, {2048, 30720}
    };

    private static final int MAX_MODEL_LEN = 33_024;
    private static final int STEPS = 100;
    private static final int PREFILLS = 7;

    /** Bytes a second of a device copy on an H200, bytes read and written: measured. */
    private static final double COPY_BYTES_PER_SECOND = 4.3e12;

    private static final ModelConfig CONFIG =
            new ModelConfig(
                    Architecture.LLAMA,
                    4096,
                    14336,
                    32,
                    32,
                    8,
                    128,
                    128256,
                    MAX_MODEL_LEN,
                    1e-5f,
                    new Rope(500_000, null),
                    Collections.nCopies(32, 0),
                    false,
                    new ModelConfig.Biases(false, false, false),
                    false,
                    DType.BF16,
                    List.of());

    private CudaEngineBench() {}

    /** Folder of compiled kernels. */
    public static void main(String[] args) throws InterruptedException {
        Path kernels = Path.of(args.length > 0 ? args[0] : System.getProperty("java.io.tmpdir"));
        CudaOptions options =
                new CudaOptions(true, MAX_MODEL_LEN, 16, 0, 72L << 30, 0.9, 256, 32768, 0, kernels);
        long startNs = System.nanoTime();
        try (ModelRunner runner = CudaBackend.loadDummy(CONFIG, options)) {
            result("start-s", (System.nanoTime() - startNs) / 1e9);
            CudaSteps steps = new CudaSteps(runner);
            for (int[] batchAndContext : BATCHES_AND_CONTEXTS) {
                decode(steps, batchAndContext[0], batchAndContext[1]);
            }
            for (int[] prompt : PROMPTS) {
                prefill(steps, prompt[0], prompt[1]);
            }
        } catch (ModelLoadException e) {
            System.err.println("bench cuda-engine: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void decode(CudaSteps steps, int batch, int context)
            throws InterruptedException {
        int start = context - STEPS / 2;
        steps.bind(batch, start + STEPS);
        double[] seconds = steps.decode(batch, start, STEPS);
        steps.release(batch);
        double kvBytes = 2.0 * 2 * CONFIG.numLayers() * CONFIG.numKvHeads() * CONFIG.headDim();
        double floor = (weightBytes() + kvBytes * context * batch) / COPY_BYTES_PER_SECOND;
        String name = "decode-" + batch + "x" + context;
        result(name + "-wall-ms", seconds[0] * 1e3);
        result(name + "-device-ms", seconds[1] * 1e3);
        result(name + "-floor-ms", floor * 1e3);
    }

    private static void prefill(CudaSteps steps, int length, int cached)
            throws InterruptedException {
        double[] samples = new double[PREFILLS];
        for (int i = 0; i < PREFILLS; i++) {
            samples[i] = steps.prefill(length, cached);
        }
        Arrays.sort(samples);
        result(
                "prefill-" + (cached > 0 ? cached + "+" : "") + length + "-ms",
                samples[PREFILLS / 2] * 1e3);
    }

    /** Weights that a decode step reads: all matrices but the embedding table. */
    private static double weightBytes() {
        double heads = (double) CONFIG.numHeads() * CONFIG.headDim();
        double kvHeads = (double) CONFIG.numKvHeads() * CONFIG.headDim();
        double hidden = CONFIG.hiddenSize();
        double attention = hidden * (2 * heads + 2 * kvHeads);
        double mlp = 3 * hidden * CONFIG.intermediateSize();
        return 2 * (CONFIG.numLayers() * (attention + mlp) + hidden * CONFIG.vocabSize());
    }

    private static void result(String key, double value) {
        System.out.printf(Locale.ROOT, "RESULT cuda-engine.%s=%.3f%n", key, value);
    }
}
