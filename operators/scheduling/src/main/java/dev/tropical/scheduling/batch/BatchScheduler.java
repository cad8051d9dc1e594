package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.scheduling.cost.StepCostModel;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An engine's continuous batching: decides what each step computes, applies what it sampled, and
 * owns every sequence, slot and block in between.
 *
 * <p>Everything is called by one thread, the engine's loop. The plain loop: {@code schedule},
 * launch, await, {@code commit}. The overlapped loop keeps the device busy: {@code schedule} and
 * launch step n + 1 while step n runs, then await and {@code commit} step n. A decode of step n is
 * then in step n + 1 as a continuation, before its token is known; if the token ends the sequence,
 * the commit of step n + 1 discards what it sampled for it. Both loops generate the same tokens.
 *
 * <p>Blocks of a sequence that ends while a step in flight may write them are free after that
 * step's commit; {@code blocks_free} does not count them before.
 *
 * <p>Never a dead end: while a sequence waits or runs and none is parked, reserved or migrating,
 * {@code schedule} gives a step or one is in flight.
 */
public final class BatchScheduler {
    private final BlockPool pool;
    private final KvBlocks kv;
    private final Slots slots;
    private final Residents residents;
    private final Reservations reservations;
    private final StepComposer composer;
    private final int maxSequenceTokens;
    private final LaunchedSteps steps;
    private BatchConfig config;
    private long lastStep;

    /**
     * @param config limits
     * @param pool the engine's blocks; nobody else takes or frees any
     * @param binder told of each slot's owner
     */
    public BatchScheduler(BatchConfig config, BlockPool pool, SlotBinder binder) {
        this.config = config;
        this.pool = pool;
        this.kv = new KvBlocks(pool);
        this.slots = new Slots(config.maxNumSeqs(), binder);
        this.residents = new Residents(kv, slots);
        this.reservations = new Reservations(kv);
        long poolTokens = (long) pool.total() * pool.blockSize();
        this.maxSequenceTokens = (int) Math.min(config.maxModelLen(), poolTokens);
        this.steps = new LaunchedSteps(residents, kv, maxSequenceTokens);
        this.composer = new StepComposer(config, residents, kv, slots, pool, maxSequenceTokens);
    }

    /**
     * Limits from now on, as after a change of role; what is resident stays.
     *
     * @throws IllegalArgumentException when the slots or the model's length would change: those are
     *     the model runner's
     */
    public void configure(BatchConfig config) {
        if (config.maxNumSeqs() > slots.total()
                || config.maxModelLen() != this.config.maxModelLen()) {
            throw new IllegalArgumentException(
                    config
                            + " (expected: maxNumSeqs <= "
                            + slots.total()
                            + ", maxModelLen "
                            + this.config.maxModelLen()
                            + ")");
        }
        this.config = config;
        composer.configure(config);
    }

    // ---- sequences

    /**
     * Whether a sequence of {@code tokens} (prompt and generated) can run at all: it and one more
     * token fit the model's context and the whole pool. Refuse it with NEVER_FITS if not.
     */
    public boolean canEverFit(int tokens) {
        return tokens < maxSequenceTokens;
    }

    /**
     * Queues a sequence.
     *
     * @throws IllegalArgumentException when it can never fit, or its key is here already
     */
    public void add(Sequence sequence) {
        if (!canEverFit(sequence.size())) {
            throw new IllegalArgumentException(
                    sequence
                            + ": "
                            + sequence.size()
                            + " tokens (expected: fewer than "
                            + maxSequenceTokens
                            + ")");
        }
        checkNew(sequence);
        residents.enqueue(sequence);
    }

    private void checkNew(Sequence sequence) {
        if (residents.get(sequence.key()) != null) {
            throw new IllegalArgumentException(sequence + " is here already");
        }
        if (sequence.state() != SequenceState.WAITING) {
            throw new IllegalArgumentException(sequence + " (expected: a new sequence)");
        }
    }

    /** The unfinished sequence of that key. */
    public Optional<Sequence> find(SequenceKey key) {
        return Optional.ofNullable(residents.get(key));
    }

    /**
     * Ends a sequence in whatever state (finish CANCELLED); a token of it in flight is discarded.
     * Abort its transfer first when it is migrating.
     *
     * @return the sequence, or empty when there is none unfinished
     */
    public Optional<Sequence> cancel(SequenceKey key) {
        @Nullable Sequence sequence = residents.get(key);
        if (sequence != null) {
            residents.end(sequence, FinishReason.CANCELLED);
        }
        return Optional.ofNullable(sequence);
    }

    // ---- steps

    /**
     * The next step, to be launched at once; or empty when nothing can run before a commit or
     * another event.
     *
     * @throws IllegalStateException when two steps are in flight
     */
    public Optional<StepPlan> schedule(long nowNs) {
        if (steps.count() == LaunchedSteps.MAX_IN_FLIGHT) {
            throw new IllegalStateException(
                    "schedule: " + steps.count() + " steps are in flight (expected: fewer)");
        }
        StepComposer.Composed composed = composer.compose(lastStep + 1, nowNs);
        if (composed.entries().isEmpty()) {
            return Optional.empty();
        }
        StepPlan plan = new StepPlan(++lastStep, composed.entries());
        steps.add(plan, composed.sequences());
        return Optional.of(plan);
    }

    /**
     * Applies the oldest step in flight.
     *
     * @return a token for each sequence that got one, in the plan's order; tokens of sequences that
     *     ended before are discarded
     * @throws IllegalArgumentException when the result is not the oldest step's, or lacks a token
     */
    public List<Outcome> commit(StepResult result, long nowNs) {
        return steps.commit(result, nowNs);
    }

    /**
     * How often the step in flight will be repeated, if nothing comes in meanwhile: by so many
     * steps with the same sequences, one token each, before whose launches no sequence ends and no
     * block is short. 0 when it holds a prompt, another step is in flight, or a sequence waits.
     *
     * <p>For virtual time, where steps that decide nothing need not be taken one by one.
     */
    public int repeats() {
        return steps.repeats(config.maxNumBatchedTokens());
    }

    /**
     * Applies the step in flight and {@code count - 1} repetitions of it that were never scheduled:
     * leaves what a loop of {@code schedule} and {@code commit} would.
     *
     * @param count in [1, {@link #repeats}]
     * @param tokenId what each step sampled for each sequence
     * @param nowNs the last one's end
     * @return the sequences, none of which has ended
     * @throws IllegalArgumentException when there are fewer repetitions
     */
    public List<Sequence> commitRepeated(int count, int tokenId, long nowNs) {
        if (count < 1 || count > repeats()) {
            throw new IllegalArgumentException(
                    "count: " + count + " (expected: in [1, " + repeats() + "])");
        }
        lastStep += count - 1;
        return steps.commitRepeated(count, tokenId, nowNs);
    }

    /** Steps scheduled and not committed: 0, 1 or 2. */
    public int stepsInFlight() {
        return steps.count();
    }

    /** Whether no sequence is here, no reservation and no step in flight. */
    public boolean isIdle() {
        return residents.all().isEmpty() && reservations.isEmpty() && steps.count() == 0;
    }

    // ---- moving away: PARKED -> MIGRATING -> MOVED

    /**
     * PARKED -> MIGRATING: its blocks are being read from now on.
     *
     * @throws IllegalStateException when it is not in the first of the two states; so do the others
     */
    public void beginMigration(SequenceKey key) {
        require(key, SequenceState.PARKED).transitionTo(SequenceState.MIGRATING);
    }

    /** MIGRATING -> PARKED: offer it again. */
    public void failMigration(SequenceKey key) {
        require(key, SequenceState.MIGRATING).transitionTo(SequenceState.PARKED);
    }

    /** MIGRATING -> MOVED: the peer has committed; frees the blocks and forgets the sequence. */
    public void completeMigration(SequenceKey key) {
        residents.moveOut(require(key, SequenceState.MIGRATING));
    }

    /** PARKED -> DECODING: it stays here after all. */
    public void decodeHere(SequenceKey key) {
        residents.unpark(require(key, SequenceState.PARKED));
    }

    private Sequence require(SequenceKey key, SequenceState state) {
        @Nullable Sequence sequence = residents.get(key);
        if (sequence == null || sequence.state() != state) {
            throw new IllegalStateException(
                    (sequence == null ? key.getRequestId() + " is not here" : sequence)
                            + " (expected: "
                            + state
                            + ")");
        }
        return sequence;
    }

    // ---- moving in

    /**
     * Takes blocks for a sequence that will come with its KV.
     *
     * @param blocks what all its tokens need when it comes: prompt + 1, and those of earlier
     *     attempts
     * @param prefixKeys of the prompt's full blocks; those cached here need not be sent
     * @param firstTokenAtNs predicted instant of its first token: its slack counts from then
     * @return empty when the blocks are not free, all slots are spoken for, or the key is here
     *     already
     * @throws IllegalArgumentException when there are fewer blocks than prefix keys
     */
    public Optional<Reservation> reserve(
            SequenceKey key,
            int promptTokens,
            int blocks,
            List<PrefixKey> prefixKeys,
            Slo slo,
            long firstTokenAtNs) {
        int seats = residents.running().size() + reservations.count();
        if (seats >= config.maxNumSeqs() || residents.get(key) != null) {
            return Optional.empty();
        }
        return reservations.open(key, promptTokens, blocks, prefixKeys, slo, firstTokenAtNs);
    }

    /**
     * Takes a sequence over whose KV of tokens [0, computedTokens) is in the reservation's blocks;
     * ends the reservation. It decodes here whatever its placement says.
     *
     * @throws IllegalArgumentException when {@code computedTokens} is not in [0, the sequence's
     *     size), its tokens exceed the reserved blocks or the limits, the reservation has ended, or
     *     the key is here already; nothing has changed then
     */
    public void adopt(Reservation reservation, Sequence sequence, int computedTokens, long nowNs) {
        checkNew(sequence);
        int size = sequence.size();
        int reserved = reservation.blockTable().length * pool.blockSize();
        if (computedTokens < 0 || computedTokens >= size) {
            throw new IllegalArgumentException(
                    sequence
                            + ": computedTokens "
                            + computedTokens
                            + " (expected: in [0, "
                            + size
                            + "))");
        }
        if (size > reserved || !canEverFit(size)) {
            throw new IllegalArgumentException(
                    sequence
                            + ": "
                            + size
                            + " tokens (expected: at most the reserved "
                            + reserved
                            + ", fewer than "
                            + maxSequenceTokens
                            + ")");
        }
        reservations.close(reservation);
        for (int block : reservation.blockTable()) {
            sequence.blocks.add(block);
        }
        sequence.adopt(computedTokens, nowNs);
        residents.join(sequence);
        kv.publish(sequence);
    }

    /** Frees a reservation that was not adopted; does nothing when it has ended. */
    public void release(Reservation reservation) {
        if (reservations.isOpen(reservation)) {
            reservations.close(reservation);
            kv.free(reservation.blockTable());
        }
    }

    // ---- reporting

    /**
     * Fills in all that the status says of sequences, blocks and totals; O(sequences). What the
     * loop and the I/O thread know (identity, readiness, progress, applied sequence numbers) is
     * theirs to add.
     *
     * @param lastStepEndNs from now until the end of the last step in flight; 0 when none is
     */
    public void report(
            EngineStatus.Builder status, StepCostModel cost, long lastStepEndNs, long nowNs) {
        LoadReport.fill(status, residents, reservations, nowNs);
        status.setPredictedPrefillEndNs(
                        LoadReport.predictPrefillsNs(
                                residents, cost, config.maxNumBatchedTokens(), lastStepEndNs))
                .setMaxNumBatchedTokens(config.maxNumBatchedTokens())
                .setBlocksTotal(pool.total())
                .setBlocksFree(pool.free())
                .setGeneratedTokensTotal(steps.generatedTokens())
                .setPromptTokensTotal(steps.promptTokens())
                .setPreemptionsTotal(residents.preemptions())
                .setFinishedTotal(residents.finished())
                .setCost(cost.toStepCost());
    }

    /**
     * From now until a running sequence's first token, ns, by its own prefill alone: for engines
     * that run one at a time. Negative when the token has come, so long ago.
     *
     * @param lastStepEndNs from now until the end of the last step in flight; 0 when none is
     */
    public long predictFirstTokenNs(
            Sequence sequence, StepCostModel cost, long lastStepEndNs, long nowNs) {
        return sequence.hasFirstToken()
                ? -sequence.firstTokenAgeNs(nowNs)
                : LoadReport.predictPrefillNs(
                        sequence, cost, config.maxNumBatchedTokens(), lastStepEndNs);
    }

    /**
     * Counts everything anew; for tests and for an engine's idle time.
     *
     * @throws IllegalStateException when blocks, slots or states disagree
     */
    public void checkIntegrity() {
        IntegrityCheck.run(pool, kv, slots, residents, reservations);
    }
}
