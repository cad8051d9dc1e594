package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;
import java.util.List;
import java.util.Optional;

/** Signatures first; the class doc comes with the bodies. */
@SuppressWarnings("DoNotCallSuggester")
public final class BatchScheduler {
    /**
     * @param config limits
     * @param pool the engine's blocks; nobody else takes or frees any
     * @param slots told of each slot's owner
     */
    public BatchScheduler(BatchConfig config, BlockPool pool, SlotBinder slots) {
        throw new UnsupportedOperationException();
    }

    /** Limits from now on, as after a change of role; what is resident stays. */
    public void configure(BatchConfig config) {
        throw new UnsupportedOperationException();
    }

    // ---- sequences

    /**
     * Whether a sequence of {@code tokens} (prompt and generated) can run at all: it and one more
     * token fit the model's context and the whole pool. Refuse it with NEVER_FITS if not.
     */
    public boolean canEverFit(int tokens) {
        throw new UnsupportedOperationException();
    }

    /**
     * Queues a sequence.
     *
     * @throws IllegalArgumentException when it can never fit, or its key is here already
     */
    public void add(Sequence sequence) {
        throw new UnsupportedOperationException();
    }

    /** The unfinished sequence of that key. */
    public Optional<Sequence> find(SequenceKey key) {
        throw new UnsupportedOperationException();
    }

    /**
     * Ends a sequence in whatever state (finish CANCELLED); a token of it in flight is discarded.
     * Abort its transfer first when it is migrating.
     *
     * @return the sequence, or empty when there is none unfinished
     */
    public Optional<Sequence> cancel(SequenceKey key) {
        throw new UnsupportedOperationException();
    }

    // ---- steps

    /**
     * The next step, to be launched at once; or empty when nothing can run before a commit or
     * another event. Plain loop: schedule, launch, await, commit. Overlapped loop: schedule and
     * launch step n + 1, then await and commit step n.
     *
     * @throws IllegalStateException when two steps are in flight
     */
    public Optional<StepPlan> schedule(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Applies the oldest step in flight.
     *
     * @return a token for each sequence that got one, in the plan's order; tokens of sequences that
     *     ended before are discarded
     * @throws IllegalArgumentException when the result is not the oldest step's
     */
    public List<Outcome> commit(StepResult result, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Steps scheduled and not committed: 0, 1 or 2. */
    public int stepsInFlight() {
        throw new UnsupportedOperationException();
    }

    /** Whether no sequence is here, no reservation and no step in flight. */
    public boolean isIdle() {
        throw new UnsupportedOperationException();
    }

    // ---- moving away: PARKED -> MIGRATING -> MOVED

    /** Sequences that are prefilled and wait for a decode engine, oldest first. */
    public List<Sequence> parked() {
        throw new UnsupportedOperationException();
    }

    /** PARKED -> MIGRATING: its blocks are being read from now on. */
    public void beginMigration(SequenceKey key) {
        throw new UnsupportedOperationException();
    }

    /** MIGRATING -> PARKED: offer it again. */
    public void failMigration(SequenceKey key) {
        throw new UnsupportedOperationException();
    }

    /** MIGRATING -> MOVED: the peer has committed; frees the blocks and forgets the sequence. */
    public void completeMigration(SequenceKey key) {
        throw new UnsupportedOperationException();
    }

    /** PARKED -> DECODING: it stays here after all. */
    public void decodeHere(SequenceKey key) {
        throw new UnsupportedOperationException();
    }

    // ---- moving in

    /**
     * Takes blocks for a sequence that will come with its KV.
     *
     * @param blocks prompt + 1 tokens' worth
     * @param prefixKeys of the prompt's full blocks; those cached here need not be sent
     * @return empty when the blocks are not free or all slots are spoken for
     */
    public Optional<Reservation> reserve(
            SequenceKey key, int promptTokens, int blocks, List<PrefixKey> prefixKeys, Slo slo) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes a sequence over whose KV of tokens [0, computedTokens) is in the reservation's blocks;
     * ends the reservation.
     *
     * @throws IllegalArgumentException when {@code computedTokens} is not below the sequence's size
     *     or exceeds the reserved blocks, or the key is here already; the reservation then still
     *     stands
     */
    public void adopt(Reservation reservation, Sequence sequence, int computedTokens, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Frees a reservation that was not adopted; does nothing when it has ended. */
    public void release(Reservation reservation) {
        throw new UnsupportedOperationException();
    }

    // ---- reporting

    /** Fills in everything that the status says of sequences and blocks; O(sequences). */
    public void report(EngineStatus.Builder status, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Counts everything anew; for tests and for an engine's idle time.
     *
     * @throws IllegalStateException when blocks, slots or states disagree
     */
    public void checkIntegrity() {
        throw new UnsupportedOperationException();
    }
}
