package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLinks;
import dev.tropical.engine.model.DType;
import dev.tropical.engine.model.LinkKind;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.engine.model.PlanChecks;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps on a GPU. A launch enqueues the whole step and returns; a second one is enqueued
 * behind it, whose continuations read the first's tokens on the GPU.
 */
final class CudaModelRunner implements RankRunner {
    private static final int MAX_STEPS_IN_FLIGHT = 2;

    /**
     * Multiprocessors that a link to another GPU takes at most; see docs/results/cuda-two-gpus.md.
     */
    private static final int LINK_CTAS = 32;

    private final ModelSpec spec;
    private final Owned owned;
    private final CudaModel model;
    private final DType kvType;
    private final LinkKind linkKind;
    private Optional<CudaLinks> links = Optional.empty();
    private boolean hasLookedForLinks;
    private final StepFrame[] frames = new StepFrame[MAX_STEPS_IN_FLIGHT];
    private final @Nullable SlotState[] slots;
    private int oldest;
    private int inFlight;

    /**
     * @param linkKind of the links that blocks leave by
     * @param owned everything that the model consists of; freed with the runner
     */
    CudaModelRunner(ModelSpec spec, CudaModel model, DType kvType, LinkKind linkKind, Owned owned) {
        this.spec = spec;
        this.model = model;
        this.kvType = kvType;
        this.linkKind = linkKind;
        this.owned = owned;
        this.slots = new SlotState[spec.maxNumSeqs()];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = owned.add(new StepFrame(model.layout(), spec.blockSize()));
        }
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public DType kvType() {
        return kvType;
    }

    @Override
    public void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated) {
        if (slot < 0 || slot >= slots.length || slots[slot] != null) {
            throw new IllegalArgumentException(
                    "slot " + slot + " (expected: free and in [0, " + slots.length + "))");
        }
        slots[slot] = model.sampler().bind(slot, sampling, prompt, generated);
    }

    @Override
    public void release(int slot) {
        if (slot < 0 || slot >= slots.length || slots[slot] == null) {
            throw new IllegalArgumentException("slot " + slot + " (expected: bound)");
        }
        // Steps in flight keep the state that they were launched with.
        slots[slot] = null;
    }

    @Override
    public void check(StepPlan plan) {
        if (inFlight == MAX_STEPS_IN_FLIGHT) {
            throw new IllegalStateException(
                    "step " + plan.number() + ": " + inFlight + " in flight (expected: at most 1)");
        }
        PlanChecks.check(plan, spec, slot -> slot < slots.length && slots[slot] != null);
    }

    @Override
    public void launch(StepPlan plan) {
        check(plan);
        SlotState[] states = new SlotState[plan.entries().size()];
        for (int i = 0; i < states.length; i++) {
            states[i] = slots[plan.entries().get(i).slot()];
        }
        frames[(oldest + inFlight) % frames.length].enqueue(plan, states, model);
        inFlight++;
    }

    @Override
    public Optional<StepResult> poll(long timeoutNs) throws InterruptedException {
        if (inFlight == 0) {
            throw new IllegalStateException("no step in flight (expected: one or two)");
        }
        StepFrame frame = frames[oldest];
        long startNs = System.nanoTime();
        // Spins: a parked thread would wake some 60 us after the step's end.
        while (!frame.isDone()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (System.nanoTime() - startNs >= timeoutNs) {
                return Optional.empty();
            }
            Thread.onSpinWait();
        }
        StepResult result = frame.finish(model.sampler());
        oldest = (oldest + 1) % frames.length;
        inFlight--;
        return Optional.of(result);
    }

    /** Copies the logits of a sampled row of the last step, which is done. */
    void readLogits(int row, FloatBuffer out) {
        long bytes = (long) Float.BYTES * spec.vocabSize();
        try (PinnedBuffer staging = new PinnedBuffer(bytes)) {
            long from = model.memory().logits.address() + row * bytes;
            model.stream().copy(staging.pointer(), new Address(from), bytes);
            model.stream().synchronize();
            out.put(staging.view().asFloatBuffer());
        }
    }

    @Override
    public void readBlock(int block, int offset, ByteBuffer out) {
        model.pool().read(block, offset, out);
    }

    @Override
    public void writeBlock(int block, int offset, ByteBuffer in) {
        model.pool().write(block, offset, in);
    }

    @Override
    public Optional<BlockLinks> links() {
        if (!hasLookedForLinks) {
            hasLookedForLinks = true;
            links = CudaLinks.find(model.pool(), model.mover(), linkKind, LINK_CTAS);
            links.ifPresent(owned::add);
        }
        return links.map(found -> found);
    }

    /** Waits for the steps in flight and frees everything on the GPU. */
    @Override
    public void close() {
        try {
            model.stream().synchronize();
        } finally {
            owned.close();
        }
    }
}
