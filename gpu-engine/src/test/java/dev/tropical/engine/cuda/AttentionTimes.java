package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;

/** Times attention alone, a layer's, over a paged cache whose blocks are in random order. */
final class AttentionTimes {
    private static final int BLOCK = 16;
    private static final int MAX_QUERIES = 32_768;

    private final KernelTimes times;
    private final ModelConfig config;
    private final GpuArrays gpu;
    private final DeviceBuffer cache;
    private final DeviceBuffer tables;
    private final DeviceBuffer qkv;
    private final DeviceBuffer out;

    /**
     * @param tokens that the cache holds
     */
    AttentionTimes(KernelTimes times, int tokens) {
        this.times = times;
        this.config = times.config;
        this.gpu = times.gpu;
        int blocks = tokens / BLOCK;
        cache = times.random(blocks * times.layout.blockElements());
        tables = gpu.ints(new Random(1).ints(0, blocks).distinct().limit(blocks).toArray());
        qkv = times.random((long) MAX_QUERIES * config.qkvSize());
        out = gpu.uninitialized(2L * MAX_QUERIES * config.numHeads() * config.headDim());
    }

    /**
     * Milliseconds of chunks of prompts, each after {@code start} cached tokens of its own.
     *
     * @param capability of the GPU that the kernel is for
     */
    double prefillMs(int chunks, int start, int length, int capability) {
        int perChunk = (length + PrefillAttention.TILE_QUERIES - 1) / PrefillAttention.TILE_QUERIES;
        int[] described = new int[InputLayout.CHUNK_INTS * chunks];
        int[] tiles = new int[2 * chunks * perChunk];
        for (int chunk = 0; chunk < chunks; chunk++) {
            int at = InputLayout.CHUNK_INTS * chunk;
            described[at] = chunk * length;
            described[at + 1] = start;
            described[at + 2] = length;
            described[at + 3] = chunk * (start + length) / BLOCK;
            for (int i = 0; i < perChunk; i++) {
                tiles[2 * (chunk * perChunk + i)] = chunk;
                tiles[2 * (chunk * perChunk + i) + 1] =
                        (perChunk - 1 - i) * PrefillAttention.TILE_QUERIES;
            }
        }
        PrefillAttention.Chunks step =
                new PrefillAttention.Chunks(
                        gpu.ints(described).address(),
                        gpu.ints(tiles).address(),
                        tables.address(),
                        chunks * perChunk);
        try (PrefillAttention attention =
                new PrefillAttention(times.compiler, capability, config, times.layout, cache)) {
            return times.ms(
                    layer ->
                            attention.launch(
                                    gpu.stream, qkv.address(), step, out.address(), layer));
        }
    }

    /** Milliseconds of single tokens over contexts of equal length. */
    double decodeMs(int batch, int context) {
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
                new DecodeAttention(times.compiler, times.device, config, times.layout, batch)) {
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
            return times.graphMs(launch);
        }
    }
}
