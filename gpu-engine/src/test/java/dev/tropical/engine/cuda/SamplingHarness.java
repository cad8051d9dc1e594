package dev.tropical.engine.cuda;

import dev.tropical.engine.sampling.Candidates;
import dev.tropical.engine.sampling.SequenceSampler;
import dev.tropical.protocol.wire.SamplingParams;
import java.util.Arrays;

/** A sampler on the GPU for rows of one size; row i belongs to slot i. */
final class SamplingHarness implements AutoCloseable {
    private static final int[] NONE = {};

    final int rows;
    final int vocab;
    private final GpuArrays gpu = new GpuArrays();
    private final GpuSampler sampler;
    private final DeviceBuffer slots;
    private final DeviceBuffer noOffsets;
    private final Candidates candidates;

    SamplingHarness(int rows, int vocab) {
        this.rows = rows;
        this.vocab = vocab;
        this.candidates = new Candidates(vocab);
        GpuDevice device = GpuDevice.open(0);
        sampler =
                new GpuSampler(
                        GpuTests.compiler(device),
                        new GpuSampler.Sizes(rows, vocab, 4096),
                        gpu.stream);
        int[] own = new int[rows];
        int[] none = new int[rows];
        Arrays.setAll(own, i -> i);
        Arrays.fill(none, -1);
        slots = gpu.ints(own);
        noOffsets = gpu.ints(none);
    }

    static SamplingParams.Builder params() {
        return SamplingParams.newBuilder().setTopP(1).setRepetitionPenalty(1).setLogprobs(-1);
    }

    void bind(int slot, SamplingParams params, int[] prompt, int[] generated) {
        sampler.bind(slot, params, prompt, generated);
    }

    void bind(int slot, SamplingParams params) {
        bind(slot, params, NONE, NONE);
    }

    /** Draws once for each row. */
    int[] sample(float[] logits) {
        try (DeviceBuffers step = new DeviceBuffers(logits)) {
            sampler.sample(step.rows(noOffsets), step.tokens.address(), 0);
            return gpu.readInts(step.tokens);
        }
    }

    /** Draws row 0 and returns its log probabilities: (id, bits of a float) each. */
    int[] report(float[] logits, int entries) {
        try (DeviceBuffers step = new DeviceBuffers(logits)) {
            int[] offsets = new int[rows];
            Arrays.fill(offsets, -1);
            offsets[0] = 0;
            DeviceBuffer out = gpu.poisoned((long) GpuSampler.ENTRY_BYTES * entries);
            sampler.sample(step.rows(gpu.ints(offsets)), step.tokens.address(), out.address());
            return gpu.readInts(out);
        }
    }

    /** Milliseconds of a step's draws: median of {@code repeats}, without the first. */
    double time(float[] logits, int repeats) {
        double[] samples = new double[repeats];
        try (DeviceBuffers step = new DeviceBuffers(logits);
                Event begin = new Event();
                Event end = new Event()) {
            for (int i = -1; i < repeats; i++) {
                begin.record(gpu.stream);
                sampler.sample(step.rows(noOffsets), step.tokens.address(), 0);
                end.record(gpu.stream);
                gpu.stream.synchronize();
                samples[Math.max(0, i)] = end.nanosSince(begin) / 1e6;
            }
        }
        Arrays.sort(samples);
        return samples[repeats / 2];
    }

    /** What the CPU draws from a row. */
    int expected(SamplingParams params, int[] prompt, int[] generated, float[] logits, int row) {
        float[] own = Arrays.copyOfRange(logits, row * vocab, (row + 1) * vocab);
        return new SequenceSampler(params, prompt, generated, vocab)
                .sample(own, 0, candidates)
                .tokenId();
    }

    /** A step's rows. */
    private final class DeviceBuffers implements AutoCloseable {
        private final DeviceBuffer logits = new DeviceBuffer(4L * rows * vocab);
        private final DeviceBuffer tokens = new DeviceBuffer(4L * rows);

        DeviceBuffers(float[] values) {
            try (PinnedBuffer staging = new PinnedBuffer(logits.bytes())) {
                staging.view().asFloatBuffer().put(values);
                gpu.stream.copy(logits.pointer(), staging.pointer(), logits.bytes());
                gpu.stream.synchronize();
            }
        }

        GpuSampler.Rows rows(DeviceBuffer offsets) {
            return new GpuSampler.Rows(logits.address(), slots.address(), offsets.address(), rows);
        }

        @Override
        public void close() {
            tokens.close();
            logits.close();
        }
    }

    @Override
    public void close() {
        gpu.stream.synchronize();
        sampler.close();
        gpu.close();
    }
}
