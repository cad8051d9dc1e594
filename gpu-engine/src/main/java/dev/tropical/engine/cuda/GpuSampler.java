package dev.tropical.engine.cuda;

import dev.tropical.protocol.wire.SamplingParams;
import java.util.List;

/**
 * Draws tokens on the GPU by the rules of {@link dev.tropical.engine.sampling.SequenceSampler}.
 * Each slot's parameters, counters, marks and biases stay in the GPU's memory from {@link #bind}
 * on, so that a step's tokens need not reach the host before the next step is launched.
 */
final class GpuSampler implements AutoCloseable {
    /** Log probabilities beside the chosen token's: what one block of threads sorts. */
    static final int MAX_ALTERNATIVES = 1024;

    /** Bytes of a reported log probability: an id and a float. */
    static final int ENTRY_BYTES = 8;

    private static final int THREADS = 1024;

    /** Room for so many of the largest records. */
    private static final int RECORDS = 4;

    private final Owned owned = new Owned();
    private final int vocabSize;
    private final DeviceBuffer states;
    private final DeviceBuffer marks;
    private final DeviceBuffer bias;
    private final DeviceBuffer lastTokens;
    private final PinnedRing ring;
    private final Stream stream;
    private final Kernel bind;
    private final Kernel sample;
    private final Kernel logprobs;

    /** Numbers of slots, of logits in a row, and of tokens in a sequence at most. */
    record Sizes(int slots, int vocabSize, int maxModelLen) {}

    /**
     * @param stream on which slots are bound and steps run
     */
    GpuSampler(KernelCompiler compiler, Sizes sizes, Stream stream) {
        this.vocabSize = sizes.vocabSize;
        this.stream = stream;
        bind = kernel(compiler, "bind_sampling", 8);
        sample = kernel(compiler, "sample", 8).overlapping();
        logprobs = kernel(compiler, "logprobs", 7).overlapping();
        long cells = (long) sizes.slots * sizes.vocabSize;
        states = owned.device(4L * SamplingRecord.PARAMETERS * sizes.slots);
        marks = owned.device(4 * cells);
        bias = owned.device(4 * cells);
        lastTokens = owned.device(4L * sizes.slots);
        long record = 4 * SamplingRecord.maxInts(sizes.maxModelLen, sizes.vocabSize);
        ring = owned.add(new PinnedRing(RECORDS * (record / 128 + 1) * 128, stream));
    }

    private Kernel kernel(KernelCompiler compiler, String name, int arguments) {
        return owned.add(new KernelModule(compiler.compile(name + ".cu", List.of())))
                .kernel(name, arguments, 0);
    }

    /** Ids {@code [slots]} that each slot's last step drew. */
    DeviceBuffer lastTokens() {
        return lastTokens;
    }

    /** Gives a slot to a sequence, for the steps launched from now on. */
    SlotState bind(int slot, SamplingParams params, int[] prompt, int[] generated) {
        int alternatives = Math.min(params.getLogprobs(), MAX_ALTERNATIVES);
        SamplingRecord record = new SamplingRecord(params, prompt, generated, vocabSize);
        PinnedRing.Piece piece = ring.take(record.ints());
        record.write(piece.ints(), alternatives);
        long lengths = piece.address() + 4L * SamplingRecord.PARAMETERS;
        bind.with(piece.address())
                .with(lengths)
                .with(lengths + 4L * SamplingRecord.LENGTHS)
                .with(states)
                .with(marks)
                .with(bias)
                .withInt(slot)
                .withInt(vocabSize)
                .launch(stream, 1, 1, THREADS);
        return new SlotState(alternatives);
    }

    /**
     * A step's rows to draw from; addresses.
     *
     * @param logits float32 {@code [count][vocabSize]}
     * @param slots {@code int [count]}, -1 = padding
     * @param offsets {@code int [count]} where a row's entries begin, -1 = it reports none
     */
    record Rows(long logits, long slots, long offsets, int count) {}

    /**
     * Draws a token for each row.
     *
     * @param tokens gets ids {@code int [count]}, -1 where a logit is not a number
     * @param entries gets {@code [.][id, float32]}
     */
    void sample(Rows rows, long tokens, long entries) {
        sample.with(rows.logits)
                .with(rows.slots)
                .with(states)
                .with(marks)
                .with(bias)
                .with(lastTokens)
                .with(tokens)
                .withInt(vocabSize)
                .launch(stream, rows.count, 1, THREADS);
        logprobs.with(rows.logits)
                .with(rows.slots)
                .with(rows.offsets)
                .with(states)
                .with(tokens)
                .with(entries)
                .withInt(vocabSize)
                .launch(stream, rows.count, 1, THREADS);
    }

    /** What {@link #release} takes when the steps launched so far are done. */
    long mark() {
        return ring.mark();
    }

    void release(long mark) {
        ring.release(mark);
    }

    @Override
    public void close() {
        owned.close();
    }
}
