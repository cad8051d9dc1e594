package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Times a model's matrix products alone, in a graph, as cuBLASLt computes them: of few tokens by
 * the fastest of its proposals, of prompts by the first.
 */
final class ProductTimes implements AutoCloseable {
    private final KernelTimes times;
    private final ModelConfig config;
    private final Gemm gemm;
    private final List<List<Matrix>> layers = new ArrayList<>();
    private final Matrix head;
    private final DeviceBuffer in;
    private final DeviceBuffer out;

    /**
     * @param maxTokens of a product
     * @param maxRows of logits
     */
    ProductTimes(KernelTimes times, int maxTokens, int maxRows) {
        this.times = times;
        this.config = times.config;
        gemm = new Gemm(Math.max(maxTokens, maxRows), DType.BF16);
        int hidden = config.hiddenSize();
        int attended = config.numHeads() * config.headDim();
        for (int i = 0; i < KernelTimes.LAYERS; i++) {
            layers.add(
                    List.of(
                            matrix(config.qkvSize(), hidden),
                            matrix(hidden, attended),
                            matrix(2 * config.intermediateSize(), hidden),
                            matrix(hidden, config.intermediateSize())));
        }
        head = matrix(config.vocabSize(), hidden);
        in = times.random((long) maxTokens * Math.max(config.intermediateSize(), attended));
        long mostOut =
                Math.max(
                        2L * maxTokens * 2 * config.intermediateSize(),
                        4L * maxRows * config.vocabSize());
        out = times.gpu.uninitialized(mostOut);
    }

    private Matrix matrix(int rows, int cols) {
        return new Matrix(times.random((long) rows * cols).address(), rows, cols, 0);
    }

    /** Milliseconds of a step's products with so many tokens, logits of each included. */
    double stepMs(int tokens) {
        try (GemmTuner tuner = new GemmTuner(gemm, times.gpu.stream)) {
            for (int i = 0; i < layers.get(0).size(); i++) {
                int product = i;
                tune(tuner, layers.stream().map(l -> l.get(product)).toList(), false, tokens);
            }
            tune(tuner, List.of(head), true, tokens);
        }
        return config.numLayers() * times.graphMs(layer(tokens))
                + times.graphMs(i -> multiply(head, true, tokens));
    }

    private void tune(GemmTuner tuner, List<Matrix> weights, boolean isFloat32, int tokens) {
        GemmShape shape = gemm.shape(weights.get(0), isFloat32);
        tuner.tune(shape, weights, tokens, in.address(), out.address(), stream -> {});
    }

    /** Milliseconds of all layers' products of so many tokens of prompts. */
    double layersMs(int tokens) {
        return config.numLayers() * times.steadyGraphMs(layer(tokens));
    }

    private IntConsumer layer(int tokens) {
        return i -> layers.get(i).forEach(weight -> multiply(weight, false, tokens));
    }

    private void multiply(Matrix weight, boolean isFloat32, int tokens) {
        GemmShape shape = gemm.shape(weight, isFloat32);
        gemm.multiply(times.gpu.stream, shape, weight, tokens, in.address(), out.address());
    }

    @Override
    public void close() {
        times.gpu.stream.synchronize();
        gemm.close();
    }
}
