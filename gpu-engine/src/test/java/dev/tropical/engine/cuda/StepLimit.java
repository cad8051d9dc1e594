package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.RunnerOptions;

/**
 * The least time that requests can take which are sent at once: their prompts' products and
 * attention, then decode steps of all of them, with nothing in between.
 */
public final class StepLimit {
    private static final int BLOCK = 16;

    private final ModelConfig config;

    public StepLimit(ModelConfig config) {
        this.config = config;
    }

    /**
     * @param output tokens of each request, the first of which its prefill gives
     * @param stepTokens prompt tokens that are computed together
     */
    public double seconds(int requests, int prompt, int output, int stepTokens)
            throws ModelLoadException, InterruptedException {
        double steps = (double) requests * prompt / stepTokens;
        double prefillMs = steps * (productsMs(stepTokens) + attentionMs(prompt, stepTokens));
        return prefillMs / 1e3 + (output - 1) * decodeSeconds(requests, prompt, output);
    }

    private double productsMs(int tokens) {
        try (KernelTimes times = new KernelTimes(config, BLOCK);
                ProductTimes products = new ProductTimes(times, tokens, 1)) {
            return products.layersMs(tokens);
        }
    }

    private double attentionMs(int prompt, int stepTokens) {
        try (KernelTimes times = new KernelTimes(config, BLOCK)) {
            int capability = times.device.capability();
            return config.numLayers()
                    * new AttentionTimes(times, stepTokens)
                            .prefillMs(stepTokens / prompt, 0, prompt, capability);
        }
    }

    private double decodeSeconds(int requests, int prompt, int output)
            throws ModelLoadException, InterruptedException {
        RunnerOptions limits =
                new RunnerOptions(LoadFormat.DUMMY, 1024, BLOCK, 0, 30L << 30, 0.9, requests, 1024);
        CudaOptions options = new CudaOptions(limits, DType.BF16, 0, GpuTests.KERNELS);
        try (ModelRunner runner = CudaBackend.loadDummy(config, options)) {
            CudaSteps steps = new CudaSteps(runner);
            steps.bind(requests, prompt + output);
            double seconds = steps.decode(requests, prompt, output - 1)[0];
            steps.release(requests);
            return seconds;
        }
    }
}
