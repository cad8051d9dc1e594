package dev.tropical.scheduling.batch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fills one step: first a token for every decode, then chunks of running prompts, then new prompts,
 * all under the token budget.
 *
 * <p>Blocks: a prompt gets all of its blocks when it is admitted, so only decodes ask for more
 * later; when none is free the newest sequence is preempted, the asking one itself at last. The
 * oldest therefore always goes on, and with it the engine.
 *
 * <p>With {@link BatchConfig#isPromptFirst} prompts go first, and decodes wait while there are any.
 *
 * <p>Without chunked prefill a prompt that does not fit beside the decodes gets the next step for
 * itself; only one that exceeds the whole budget goes in chunks then. Between two such prompts
 * there is a step for the decodes.
 */
final class StepComposer {
    /** A step's entries and the sequences they belong to, index by index. */
    record Composed(List<Sequence> sequences, List<StepPlan.Entry> entries) {}

    private final Residents residents;
    private final KvBlocks kv;
    private final Slots slots;
    private final BlockPool pool;
    private final int maxSequenceTokens;
    private BatchConfig config;
    // A prompt waits for a step of its own (only without chunked prefill).
    private boolean isAloneTurn;

    // Of the step being composed.
    private List<Sequence> sequences = new ArrayList<>();
    private List<StepPlan.Entry> entries = new ArrayList<>();
    private long number;
    private long nowNs;
    private int budget;
    private int prefills;
    private int promisedBlocks;
    private boolean hasPreempted;

    StepComposer(
            BatchConfig config,
            Residents residents,
            KvBlocks kv,
            Slots slots,
            BlockPool pool,
            int maxSequenceTokens) {
        this.config = config;
        this.residents = residents;
        this.kv = kv;
        this.slots = slots;
        this.pool = pool;
        this.maxSequenceTokens = maxSequenceTokens;
    }

    void configure(BatchConfig config) {
        this.config = config;
    }

    /** The step's parts; none when nothing can run now. */
    Composed compose(long number, long nowNs) {
        this.sequences = new ArrayList<>();
        this.entries = new ArrayList<>();
        this.number = number;
        this.nowNs = nowNs;
        this.budget = config.maxNumBatchedTokens();
        this.prefills = countUnfinishedPrefills();
        this.promisedBlocks = 0;
        this.hasPreempted = false;
        if (isAloneTurn) {
            addPromptAlone();
        }
        if (entries.isEmpty() && config.isPromptFirst()) {
            addPrompts();
        }
        if (entries.isEmpty()) {
            addDecodes();
            addPrompts();
        }
        if (entries.isEmpty() && isAloneTurn) {
            addPromptAlone();
        }
        return new Composed(sequences, entries);
    }

    private void addPrompts() {
        addChunks();
        admitPrompts();
    }

    private int countUnfinishedPrefills() {
        int count = 0;
        for (Sequence sequence : residents.running()) {
            count += isUnfinishedPrefill(sequence) ? 1 : 0;
        }
        return count;
    }

    /** Whether known tokens of it are in no step yet. */
    private static boolean isUnfinishedPrefill(Sequence sequence) {
        return sequence.state() == SequenceState.PREFILLING && sequence.pendingTokens() == 0;
    }

    private boolean isDecodable(Sequence sequence) {
        return sequence.remaining() == 1
                && !isUnfinishedPrefill(sequence)
                && !(sequence.isForPeer() && sequence.state() == SequenceState.PREFILLING)
                && !sequence.isEnding(maxSequenceTokens);
    }

    private void addDecodes() {
        List<Sequence> running = residents.running();
        // Preemption shortens the list at its end.
        for (int i = 0; i < running.size() && budget > 0; i++) {
            Sequence sequence = running.get(i);
            if (isDecodable(sequence) && hasSlot(sequence) && hasBlock(sequence)) {
                add(sequence, 1);
            }
        }
    }

    private boolean hasSlot(Sequence sequence) {
        if (sequence.slot() < 0 && slots.free() > 0 && sequence.pendingTokens() == 0) {
            slots.bind(sequence);
        }
        return sequence.slot() >= 0;
    }

    /** Takes the block for a decode's next token, from newer sequences if it must. */
    private boolean hasBlock(Sequence sequence) {
        while (!kv.grow(sequence)) {
            if (kv.deferred() > promisedBlocks) {
                // A preempted one's blocks come free with a step in flight: wait for that one.
                promisedBlocks++;
                return false;
            }
            hasPreempted = true;
            if (residents.preemptNewest() == sequence) {
                return false;
            }
        }
        return true;
    }

    private void addChunks() {
        for (Sequence sequence : residents.running()) {
            if (budget > 0 && isUnfinishedPrefill(sequence) && hasSlot(sequence)) {
                if (canTake(sequence)) {
                    add(sequence, Math.min(budget, sequence.remaining()));
                }
            }
        }
    }

    /** Whether a prompt may use what is left of the budget; if not, the next step is its own. */
    private boolean canTake(Sequence sequence) {
        if (config.isChunkedPrefill() || sequence.remaining() <= budget) {
            return true;
        }
        isAloneTurn = true;
        return false;
    }

    private void admitPrompts() {
        while (budget > 0 && !hasPreempted) {
            Sequence sequence = admitNext();
            if (sequence == null) {
                return;
            }
            if (canTake(sequence)) {
                add(sequence, Math.min(budget, sequence.remaining()));
            }
        }
    }

    private @Nullable Sequence admitNext() {
        Sequence next = residents.nextWaiting();
        int running = residents.running().size();
        if (next == null
                || next.pendingTokens() > 0
                || prefills >= config.maxPrefills()
                || running >= config.maxNumSeqs()
                || slots.free() == 0
                || isAloneTurn
                || !residents.admitNext(running == 0 ? 0 : config.watermarkBlocks(), nowNs)) {
            return null;
        }
        prefills++;
        return next;
    }

    /** A step for one prompt; the next one is its own too while some of it remains. */
    private void addPromptAlone() {
        isAloneTurn = false;
        Sequence prompt = null;
        for (Sequence sequence : residents.running()) {
            if (prompt == null && isUnfinishedPrefill(sequence) && hasSlot(sequence)) {
                prompt = sequence;
            }
        }
        if (prompt == null) {
            prompt = admitNext();
        }
        if (prompt != null) {
            add(prompt, Math.min(budget, prompt.remaining()));
            isAloneTurn = prompt.pendingTokens() == 0;
        }
    }

    private void add(Sequence sequence, int length) {
        int blocks = pool.blocksFor(sequence.scheduledTokens() + length);
        entries.add(sequence.take(length, number, blocks));
        sequences.add(sequence);
        budget -= length;
    }
}
