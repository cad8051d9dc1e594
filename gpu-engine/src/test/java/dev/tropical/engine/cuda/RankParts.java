package dev.tropical.engine.cuda;

import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.ModelConfig;

/** What one rank's exchange needs beside it, on the rank's thread. */
final class RankParts implements AutoCloseable {
    final GpuArrays gpu;
    final Activations memory;
    final Kernels kernels;
    final PeerExchange exchange;
    private final Owned owned = new Owned();

    /**
     * @param config of the whole model
     * @param maxTokens of a step; as many sequences
     */
    RankParts(RankSeat seat, ModelConfig config, int maxTokens) {
        GpuDevice device = GpuDevice.open(0, seat.shard());
        KernelCompiler compiler = GpuTests.compiler(device);
        ModelConfig own = seat.shard().of(config);
        gpu = owned.add(new GpuArrays());
        InputLayout layout = new InputLayout(maxTokens, maxTokens, maxTokens);
        memory = owned.add(new Activations(own, seat.shard(), layout, DType.BF16));
        kernels = owned.add(new Kernels(compiler, own, KvLayout.of(own, 16, DType.BF16)));
        exchange = owned.add(new PeerExchange(compiler, device, own, kernels, memory, seat));
    }

    @Override
    public void close() {
        gpu.stream.synchronize();
        owned.close();
    }
}
