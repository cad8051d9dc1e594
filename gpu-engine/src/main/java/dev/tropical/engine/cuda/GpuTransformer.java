package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Enqueues forward passes. All that varies from step to step is in the input buffer, so a pass of
 * single tokens may be captured once and replayed.
 */
final class GpuTransformer {
    private final ModelConfig config;
    private final GpuWeights weights;
    private final InputLayout layout;
    private final long input;
    private final long turns;
    private final long cache;
    private final Activations memory;
    private final Kernels kernels;
    private final Attention attention;
    private final Gemm gemm;
    private final GpuSampler sampler;
    private final Exchange exchange;
    private final GemmShape qkvShape;
    private final GemmShape outputShape;
    private final GemmShape gateUpShape;
    private final GemmShape downShape;
    private final GemmShape headShape;

    /** Device memory that passes read. */
    record Buffers(DeviceBuffer input, DeviceBuffer turns, DeviceBuffer cache) {}

    /** What passes call. */
    record Parts(
            Kernels kernels,
            Attention attention,
            Gemm gemm,
            GpuSampler sampler,
            Exchange exchange) {}

    GpuTransformer(
            ModelConfig config,
            GpuWeights weights,
            InputLayout layout,
            Buffers buffers,
            Activations memory,
            Parts parts) {
        this.config = config;
        this.weights = weights;
        this.layout = layout;
        this.input = buffers.input.address();
        this.turns = buffers.turns.address();
        this.cache = buffers.cache.address();
        this.memory = memory;
        this.kernels = parts.kernels;
        this.attention = parts.attention;
        this.gemm = parts.gemm;
        this.sampler = parts.sampler;
        this.exchange = parts.exchange;
        GpuWeights.Layer layer = weights.layers().get(0);
        qkvShape = gemm.shape(layer.qkv(), false);
        outputShape = gemm.shape(layer.output(), false);
        gateUpShape = gemm.shape(layer.gateUp(), false);
        downShape = gemm.shape(layer.down(), false);
        headShape = gemm.shape(weights.head(), true);
    }

    /** Decides how the products of a pass over single tokens are computed. */
    void tune(GemmTuner tuner, int tokens) {
        List<GpuWeights.Layer> layers = weights.layers();
        long normed = memory.normed.address();
        long attended = memory.attended.address();
        long gateUp = memory.gateUp.address();
        long activated = memory.activated.address();
        long projected = memory.projected.address();
        // Attention, before the outputs' products, takes longer, but no more of them can begin.
        Consumer<Stream> normFirst =
                stream -> kernels.rmsNorm(stream, norm(0, weights.finalNorm(), 0), tokens);
        Consumer<Stream> siluFirst = stream -> kernels.siluMul(stream, gateUp, activated, tokens);
        List<Matrix> qkvs = all(layers, GpuWeights.Layer::qkv);
        List<Matrix> outputs = all(layers, GpuWeights.Layer::output);
        List<Matrix> gateUps = all(layers, GpuWeights.Layer::gateUp);
        List<Matrix> downs = all(layers, GpuWeights.Layer::down);
        List<Matrix> heads = List.of(weights.head());
        long logits = memory.ownLogits.address();
        tuner.tune(qkvShape, qkvs, tokens, normed, qkv(), normFirst);
        tuner.tune(outputShape, outputs, tokens, attended, projected, normFirst);
        tuner.tune(gateUpShape, gateUps, tokens, normed, gateUp, normFirst);
        tuner.tune(downShape, downs, tokens, activated, projected, siluFirst);
        tuner.tune(headShape, heads, tokens, normed, logits, normFirst);
    }

    private static List<Matrix> all(
            List<GpuWeights.Layer> layers, Function<GpuWeights.Layer, Matrix> weight) {
        return layers.stream().map(weight).toList();
    }

    private long at(int offset) {
        return input + 4L * offset;
    }

    /** Enqueues a pass over what the input buffer holds by then. */
    void forward(Stream stream, StepInput.Counts counts) {
        DecodeAttention.Decodes decodes =
                new DecodeAttention.Decodes(
                        at(layout.lengths()),
                        at(layout.rows()),
                        at(layout.firstBlocks()),
                        at(layout.tables()),
                        counts.decodes());
        PrefillAttention.Chunks chunks =
                new PrefillAttention.Chunks(
                        at(layout.chunks()),
                        at(layout.tiles()),
                        at(layout.tables()),
                        counts.tiles());
        kernels.embedding(
                stream,
                weights.embedding(),
                at(layout.ids()),
                sampler.lastTokens().address(),
                memory.residual.address(),
                counts.tokens());
        if (counts.decodes() > 0) {
            attention.plan(stream, decodes);
        }
        for (int i = 0; i < config.numLayers(); i++) {
            GpuWeights.Layer layer = weights.layers().get(i);
            prepareHeads(stream, layer, i, counts.tokens());
            if (counts.decodes() > 0) {
                attention.decode(stream, qkv(), decodes, memory.attended.address(), i);
            }
            if (counts.tiles() > 0) {
                attention.prefill(stream, qkv(), chunks, memory.attended.address(), i);
            }
            project(stream, outputShape, layer.output(), counts.tokens(), memory.attended);
            mlp(stream, layer, counts.tokens());
        }
        if (counts.sampled() > 0) {
            sample(stream, counts);
        }
    }

    private long qkv() {
        return memory.qkv.address();
    }

    private void prepareHeads(Stream stream, GpuWeights.Layer layer, int index, int tokens) {
        if (index == 0) {
            // Nothing waits to be added.
            kernels.rmsNorm(stream, norm(0, layer.attentionNorm(), 0), tokens);
        } else {
            addAndNorm(stream, layer.attentionNorm(), tokens);
        }
        gemm.multiply(stream, qkvShape, layer.qkv(), tokens, memory.normed.address(), qkv());
        Kernels.Places places =
                new Kernels.Places(turns, at(layout.positions()), at(layout.slots()));
        kernels.qkvCache(stream, qkv(), places, layer, cache, index, tokens);
    }

    /** Takes what the last products have added to the residual. */
    private void addAndNorm(Stream stream, long weight, int tokens) {
        Kernels.Norm norm = norm(memory.projected.address(), weight, 0);
        exchange.addAndNorm(stream, norm, tokens, tokens);
    }

    private Kernels.Norm norm(long delta, long weight, long rows) {
        return new Kernels.Norm(
                memory.residual.address(), delta, weight, rows, memory.normed.address());
    }

    private void mlp(Stream stream, GpuWeights.Layer layer, int tokens) {
        addAndNorm(stream, layer.mlpNorm(), tokens);
        long gateUp = memory.gateUp.address();
        gemm.multiply(stream, gateUpShape, layer.gateUp(), tokens, memory.normed.address(), gateUp);
        kernels.siluMul(stream, gateUp, memory.activated.address(), tokens);
        project(stream, downShape, layer.down(), tokens, memory.activated);
    }

    private void project(
            Stream stream, GemmShape shape, Matrix weight, int tokens, DeviceBuffer from) {
        gemm.multiply(stream, shape, weight, tokens, from.address(), memory.projected.address());
    }

    private void sample(Stream stream, StepInput.Counts counts) {
        int rows = counts.sampled();
        Kernels.Norm norm =
                norm(memory.projected.address(), weights.finalNorm(), at(layout.sampledRows()));
        exchange.addAndNorm(stream, norm, counts.tokens(), rows);
        gemm.multiply(
                stream,
                headShape,
                weights.head(),
                rows,
                memory.normed.address(),
                memory.ownLogits.address());
        exchange.gatherLogits(stream, rows);
        sampler.sample(
                new GpuSampler.Rows(
                        memory.logits.address(),
                        at(layout.sampledSlots()),
                        at(layout.entryOffsets()),
                        rows),
                memory.tokens.address(),
                memory.entries.address());
    }
}
