package dev.tropical.engine.cuda;

/**
 * A loaded model: what a step needs to run.
 *
 * @param input the buffer that {@link InputLayout} lays out
 */
record CudaModel(
        InputLayout layout,
        Stream stream,
        DeviceBuffer input,
        Passes passes,
        Activations memory,
        GpuSampler sampler,
        KvPool pool,
        BlockMover mover) {}
