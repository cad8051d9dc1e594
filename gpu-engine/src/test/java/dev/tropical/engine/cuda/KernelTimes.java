package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Times kernels by the GPU's clock, on random data of several layers in turn, so that nothing comes
 * from the cache.
 */
final class KernelTimes implements AutoCloseable {
    /** Layers that work goes over. */
    static final int LAYERS = 8;

    /**
     * Large products draw so much power that the GPU lowers its clock by a quarter, the sooner the
     * more it has drawn before. What is compared is therefore timed after so long of itself.
     */
    static final long WARM_NS = 2_500_000_000L;

    private static final int REPEATS = 7;
    private static final long COPIED_BYTES = 4L << 30;

    final ModelConfig config;
    final KvLayout layout;
    final GpuDevice device = GpuDevice.open(0);
    final KernelCompiler compiler = GpuTests.compiler(device);
    final GpuArrays gpu = new GpuArrays();
    private final Kernels kernels;
    private final Owned owned = new Owned();
    private final Event begin = owned.add(new Event());
    private final Event end = owned.add(new Event());

    /**
     * @param config whose dimensions are timed; blocks of the cache have {@link #LAYERS} layers
     */
    KernelTimes(ModelConfig config, int blockSize) {
        this.config = config;
        layout = new KvLayout(LAYERS, config.numKvHeads(), blockSize, config.headDim(), DType.BF16);
        kernels = owned.add(new Kernels(compiler, config, layout));
    }

    /** Median milliseconds of one of {@link #LAYERS} launches. */
    double ms(IntConsumer launch) {
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

    /** The same with all launches in a graph. */
    double graphMs(IntConsumer launch) {
        return graphMs(launch, 0);
    }

    /** The same after so much of it that the power limit has set the clock. */
    double steadyGraphMs(IntConsumer launch) {
        return graphMs(launch, WARM_NS);
    }

    private double graphMs(IntConsumer launch, long warmNs) {
        launch.accept(0);
        gpu.stream.synchronize();
        Runnable all =
                () -> {
                    for (int layer = 0; layer < LAYERS; layer++) {
                        launch.accept(layer);
                    }
                };
        try (StepGraph graph = new StepGraph(gpu.stream, all)) {
            long startNs = System.nanoTime();
            while (System.nanoTime() - startNs < warmNs) {
                graph.launch(gpu.stream);
                gpu.stream.synchronize();
            }
            return ms(layer -> graph.launch(gpu.stream)) / LAYERS;
        }
    }

    /** Bf16 numbers; freed with this. */
    DeviceBuffer random(long elements) {
        DeviceBuffer buffer = gpu.uninitialized(2 * elements);
        kernels.randomFill(
                gpu.stream, buffer.address(), Kernels.Fill.all(elements, elements), 1.7f);
        return buffer;
    }

    /** Of a device copy, bytes read and written a second. */
    double copyBytesPerSecond() {
        try (GpuArrays arrays = new GpuArrays()) {
            DeviceBuffer from = random(COPIED_BYTES / 2);
            DeviceBuffer to = arrays.uninitialized(COPIED_BYTES);
            double ms = ms(layer -> gpu.stream.copy(to.pointer(), from.pointer(), COPIED_BYTES));
            return 2e3 * COPIED_BYTES / ms;
        }
    }

    /** Of a kernel that only reads: the best of some grids. */
    double readBytesPerSecond() {
        DeviceBuffer from = random(COPIED_BYTES / 2);
        DeviceBuffer sum = gpu.uninitialized(4);
        byte[] code = compiler.compile("read_sum.cu", List.of());
        double best = 0;
        try (KernelModule module = new KernelModule(code)) {
            Kernel kernel = module.kernel("read_sum", 3, 0);
            for (int perMultiprocessor : new int[] {4, 8, 16, 32}) {
                int blocks = perMultiprocessor * device.multiprocessors();
                double ms =
                        ms(
                                layer ->
                                        kernel.with(from)
                                                .with(COPIED_BYTES / 16)
                                                .with(sum)
                                                .launch(gpu.stream, blocks, 1, 256));
                best = Math.max(best, 1e3 * COPIED_BYTES / ms);
            }
            gpu.stream.synchronize();
        }
        return best;
    }

    @Override
    public void close() {
        gpu.stream.synchronize();
        owned.close();
        gpu.close();
    }
}
