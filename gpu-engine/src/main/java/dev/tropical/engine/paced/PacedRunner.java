package dev.tropical.engine.paced;

import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.model.ModelSpec;
import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.StepPlan;
import dev.tropical.scheduling.batch.StepResult;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes up tokens at a fixed pace: each step takes {@code stepNs}, steps run one after another.
 *
 * <p>A token is a hash of the seed and of every token before it, read back from the KV pool through
 * the block table. So a block that was lost, mixed up or overwritten too early changes the tokens
 * that follow, as with a real model, and batch, chunk or engine change nothing. Tokens that would
 * end the sequence never come, so a sequence runs to its max_tokens.
 */
public final class PacedRunner implements ModelRunner {
    private static final int MAX_IN_FLIGHT = 2;
    private static final long CLOCK_TICK_NS = 100_000;

    private record InFlight(long dueNs, StepResult result) {}

    private final ModelSpec spec;
    private final long stepNs;
    private final LongSupplier clock;
    private final boolean isClock;
    private final ByteBuffer pool;
    private final @Nullable SamplingParams[] slots;
    private final int[] lastSampled;
    private final Queue<InFlight> inFlight = new ArrayDeque<>();
    private long lastDueNs;

    /**
     * @param spec its {@code blockBytes} hold at least 4 bytes a token
     * @param stepNs duration of every step
     * @param clock nanoseconds, as {@link System#nanoTime}
     * @param isClock whether tokens are readings of the clock, see {@link #clockToken}
     */
    public PacedRunner(ModelSpec spec, long stepNs, LongSupplier clock, boolean isClock) {
        if (spec.blockBytes() < spec.blockSize() * Integer.BYTES || stepNs < 0) {
            throw new IllegalArgumentException(
                    "blockBytes "
                            + spec.blockBytes()
                            + ", stepNs "
                            + stepNs
                            + " (expected: >= 4 * blockSize, >= 0)");
        }
        this.spec = spec;
        this.stepNs = stepNs;
        this.clock = clock;
        this.isClock = isClock;
        this.pool = ByteBuffer.allocate(Math.multiplyExact(spec.numBlocks(), spec.blockBytes()));
        this.slots = new SamplingParams[spec.maxNumSeqs()];
        this.lastSampled = new int[spec.maxNumSeqs()];
        this.lastDueNs = clock.getAsLong();
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public void bind(int slot, SamplingParams sampling, int[] prompt, int[] generated) {
        if (slots[slot] != null) {
            throw new IllegalStateException("slot " + slot + " is bound already");
        }
        slots[slot] = sampling;
    }

    @Override
    public void release(int slot) {
        bound(slot);
        slots[slot] = null;
    }

    @Override
    public void launch(StepPlan plan) {
        if (inFlight.size() == MAX_IN_FLIGHT) {
            throw new IllegalStateException(MAX_IN_FLIGHT + " steps are in flight already");
        }
        int[] sampled = new int[plan.entries().size()];
        lastDueNs = Math.max(lastDueNs, clock.getAsLong()) + stepNs;
        boolean isLogprobsWanted = false;
        for (int i = 0; i < sampled.length; i++) {
            StepPlan.Entry entry = plan.entries().get(i);
            store(entry);
            sampled[i] = entry.isSampled() ? sample(entry) : -1;
            isLogprobsWanted |= bound(entry.slot()).getLogprobs() >= 0;
        }
        List<TokenLogprobs> logprobs =
                isLogprobsWanted
                        ? new ArrayList<>(
                                Collections.nCopies(
                                        sampled.length, TokenLogprobs.getDefaultInstance()))
                        : List.of();
        inFlight.add(
                new InFlight(lastDueNs, new StepResult(plan.number(), sampled, logprobs, stepNs)));
    }

    @Override
    public Optional<StepResult> poll(long timeoutNs) throws InterruptedException {
        InFlight oldest = inFlight.peek();
        if (oldest == null) {
            throw new IllegalStateException("no step is in flight");
        }
        long leftNs = oldest.dueNs() - clock.getAsLong();
        if (leftNs > 0 && timeoutNs > 0) {
            // Thread.sleep rounds up to whole milliseconds before JDK 21.
            LockSupport.parkNanos(Math.min(leftNs, timeoutNs));
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            leftNs = oldest.dueNs() - clock.getAsLong();
        }
        if (leftNs > 0) {
            return Optional.empty();
        }
        inFlight.remove();
        if (isClock) {
            stamp(oldest.result().sampledTokenIds());
        }
        return Optional.of(oldest.result());
    }

    /** A token is made when its step is seen to be done: how late this thread wakes is no part. */
    private void stamp(int[] sampled) {
        int reading = clockToken(clock.getAsLong(), spec.vocabSize());
        for (int i = 0; i < sampled.length; i++) {
            sampled[i] = sampled[i] < 0 ? -1 : reading;
        }
    }

    @Override
    public void readBlock(int block, int offset, ByteBuffer out) {
        ByteBuffer from = pool.duplicate();
        from.position(block * spec.blockBytes() + offset);
        from.limit(from.position() + out.remaining());
        out.put(from);
    }

    @Override
    public void writeBlock(int block, int offset, ByteBuffer in) {
        ByteBuffer to = pool.duplicate();
        to.position(block * spec.blockBytes() + offset);
        to.put(in);
    }

    @Override
    public void close() {
        inFlight.clear();
    }

    private void store(StepPlan.Entry entry) {
        for (int i = 0; i < entry.length(); i++) {
            int token = entry.isContinuation() ? lastSampled[entry.slot()] : entry.tokenIds()[i];
            pool.putInt(address(entry, entry.start() + i), token);
        }
    }

    private int sample(StepPlan.Entry entry) {
        SamplingParams sampling = bound(entry.slot());
        if (isClock) {
            return 0;
        }
        long hash = mix(sampling.getTemperature() == 0 ? 0 : sampling.getSeed());
        for (int position = 0; position < entry.start() + entry.length(); position++) {
            hash = mix(hash + 1 + pool.getInt(address(entry, position)));
        }
        int token = token(hash);
        while (ends(sampling, token)) {
            hash = mix(hash);
            token = token(hash);
        }
        lastSampled[entry.slot()] = token;
        return token;
    }

    /**
     * When a token was made, in ticks of 100 us, modulo half the vocabulary, in its upper half.
     *
     * @param madeNs {@link System#nanoTime}, which the processes of a Linux host share
     */
    static int clockToken(long madeNs, int vocabSize) {
        int half = vocabSize / 2;
        return half + (int) Math.floorMod(madeNs / CLOCK_TICK_NS, (long) (vocabSize - half));
    }

    /**
     * From the vocabulary's upper half: in byte-level vocabularies those are whole words, so that a
     * detokenizer never waits for the rest of a character.
     */
    private int token(long hash) {
        int half = spec.vocabSize() / 2;
        return half + (int) Long.remainderUnsigned(hash, spec.vocabSize() - half);
    }

    private static boolean ends(SamplingParams sampling, int token) {
        return sampling.getEosTokenIdsList().contains(token)
                || sampling.getStopTokenIdsList().contains(token);
    }

    private int address(StepPlan.Entry entry, int position) {
        int block = entry.blockTable()[position / spec.blockSize()];
        int bytesOfToken = spec.blockBytes() / spec.blockSize();
        return block * spec.blockBytes() + position % spec.blockSize() * bytesOfToken;
    }

    private SamplingParams bound(int slot) {
        SamplingParams bound = slots[slot];
        if (bound == null) {
            throw new IllegalStateException("slot " + slot + " is not bound");
        }
        return bound;
    }

    /** MurmurHash3's finalizer. */
    private static long mix(long hash) {
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
