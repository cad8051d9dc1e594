package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Checkpoint;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.ModelLoadException;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.model.RunnerOptions;
import java.nio.IntBuffer;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** Builds a model's parts on the GPU, in the order in which they need memory. */
final class CudaModelLoader {
    private final ModelConfig whole;

    /** As the rank computes it. */
    private final ModelConfig config;

    private final CudaOptions options;
    private final RankSeat seat;
    private final Owned owned;

    /**
     * @param owned gets everything that is made, the runner's own too
     */
    CudaModelLoader(ModelConfig whole, CudaOptions options, RankSeat seat, Owned owned) {
        this.whole = whole;
        this.config = seat.shard().of(whole);
        this.options = options;
        this.seat = seat;
        this.owned = owned;
    }

    RankRunner load(@Nullable Checkpoint checkpoint) throws ModelLoadException {
        RunnerOptions limits = options.runner();
        int maxModelLen = limits.maxModelLen(config);
        GpuDevice device = GpuDevice.open(options.gpu(), seat.shard());
        KernelCompiler compiler = new KernelCompiler(device.architecture(), options.kernelCache());
        KvLayout kvLayout = KvLayout.of(config, limits.blockSize(), options.type());
        InputLayout layout = inputLayout(maxModelLen);
        Stream stream = owned.add(new Stream());
        Kernels kernels = owned.add(new Kernels(compiler, config, kvLayout));
        Gemm gemm = gemm(compiler, device, layout);
        GpuSampler.Sizes sizes =
                new GpuSampler.Sizes(limits.maxNumSeqs(), config.vocabSize(), maxModelLen);
        GpuSampler sampler = owned.add(new GpuSampler(compiler, sizes, stream));
        GpuWeights weights = weights(checkpoint, device, kernels, stream);
        Activations memory =
                owned.add(new Activations(config, seat.shard(), layout, options.type()));
        DeviceBuffer input = owned.device(layout.bytes());
        DeviceBuffer turns = ropeTable(kernels, stream, maxModelLen);
        Exchange exchange = owned.add(exchange(compiler, device, kernels, memory));
        ModelSpec spec = spec(kvLayout, device);
        KvPool pool = owned.add(new KvPool(spec.numBlocks(), spec.blockBytes()));
        Attention attention = attention(compiler, device, kvLayout, pool, layout.maxSequences());
        GpuTransformer transformer =
                new GpuTransformer(
                        config,
                        weights,
                        layout,
                        new GpuTransformer.Buffers(input, turns, pool.blocks()),
                        memory,
                        new GpuTransformer.Parts(kernels, attention, gemm, sampler, exchange));
        Passes passes = record(transformer, gemm, layout, input, stream);
        CudaBackend.log(spec, device, device.memory());
        BlockMover mover = owned.add(new BlockMover(compiler));
        CudaModel model =
                new CudaModel(layout, stream, input, passes, memory, sampler, pool, mover);
        return new CudaModelRunner(spec, model, options.type(), options.linkKind(), owned);
    }

    private Gemm gemm(KernelCompiler compiler, GpuDevice device, InputLayout layout) {
        VectorProduct.Kinds vectors =
                owned.add(new VectorProduct.Kinds(compiler, device, options.type()));
        return owned.add(new Gemm(layout.maxTokens(), options.type(), vectors));
    }

    private Attention attention(
            KernelCompiler compiler,
            GpuDevice device,
            KvLayout layout,
            KvPool pool,
            int maxSequences) {
        DeviceBuffer blocks = pool.blocks();
        return owned.add(
                options.type() == DType.F32
                        ? new Float32Attention(compiler, config, layout, blocks)
                        : new TensorCoreAttention(
                                compiler, device, config, layout, blocks, maxSequences));
    }

    private Passes record(
            GpuTransformer transformer,
            Gemm gemm,
            InputLayout layout,
            DeviceBuffer input,
            Stream stream) {
        Passes passes = owned.add(new Passes(transformer, stream, layout.maxSequences()));
        try (GemmTuner tuner = new GemmTuner(gemm, stream)) {
            fillWithPadding(layout, input, stream);
            passes.record(tuner);
        }
        return passes;
    }

    private Exchange exchange(
            KernelCompiler compiler, GpuDevice device, Kernels kernels, Activations memory) {
        return seat.shard().isWhole()
                ? Exchange.none(kernels)
                : new PeerExchange(compiler, device, config, kernels, memory, seat);
    }

    /** All ranks have as many blocks as the one with the fewest. */
    private ModelSpec spec(KvLayout kvLayout, GpuDevice device) throws ModelLoadException {
        // Ranks that share a model have no links of their own.
        long reserved = seat.shard().isWhole() ? NcclLinks.RESERVED_BYTES : 0;
        ModelSpec own =
                MemoryPlan.spec(config, options.runner(), kvLayout, device.memory(), reserved);
        return own.withNumBlocks(Collections.min(seat.exchange(own.numBlocks())));
    }

    private InputLayout inputLayout(int maxModelLen) {
        RunnerOptions limits = options.runner();
        int blocks = (maxModelLen + limits.blockSize() - 1) / limits.blockSize();
        return new InputLayout(
                Buckets.of(Math.max(limits.maxStepTokens(), limits.maxNumSeqs())),
                Buckets.of(limits.maxNumSeqs()),
                (long) blocks * limits.maxNumSeqs());
    }

    private GpuWeights weights(
            @Nullable Checkpoint checkpoint, GpuDevice device, Kernels kernels, Stream stream)
            throws ModelLoadException {
        if (checkpoint == null) {
            return GpuWeights.load(
                    whole, seat.shard(), new RandomUpload(kernels, stream, owned, options.type()));
        }
        long startNs = System.nanoTime();
        try (CheckpointUpload upload =
                new CheckpointUpload(checkpoint, owned, options.type(), device.index())) {
            GpuWeights weights = GpuWeights.load(whole, seat.shard(), upload);
            upload.await();
            CudaBackend.LOG.info(
                    "weights read in {} ms", (System.nanoTime() - startNs) / 1_000_000);
            return weights;
        }
    }

    private DeviceBuffer ropeTable(Kernels kernels, Stream stream, int positions) {
        float[] frequencies = config.rope().frequencies(config.headDim());
        DeviceBuffer turns = owned.device(8L * positions * frequencies.length);
        try (DeviceBuffer values = new DeviceBuffer(4L * frequencies.length);
                PinnedBuffer staging = new PinnedBuffer(4L * frequencies.length)) {
            staging.view().asFloatBuffer().put(frequencies);
            stream.copy(values.pointer(), staging.pointer(), staging.view().capacity());
            kernels.ropeTable(stream, values.address(), turns.address(), positions);
            stream.synchronize();
        }
        return turns;
    }

    /** Padding writes no keys and values, and gives no slot a token. */
    private static void fillWithPadding(InputLayout layout, DeviceBuffer input, Stream stream) {
        try (PinnedBuffer padding = new PinnedBuffer(layout.bytes())) {
            IntBuffer ints = padding.view().asIntBuffer();
            for (int i = 0; i < layout.tables(); i++) {
                ints.put(i, 0);
            }
            for (int i = 0; i < layout.maxTokens(); i++) {
                ints.put(layout.slots() + i, -1);
            }
            for (int i = 0; i < layout.maxSequences(); i++) {
                ints.put(layout.sampledSlots() + i, -1);
                ints.put(layout.entryOffsets() + i, -1);
            }
            stream.copy(input.pointer(), padding.pointer(), 4L * layout.tables());
            stream.synchronize();
        }
    }
}
