package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every unfinished sequence of an engine, and in which of three places it is: waiting (holds
 * nothing), running (holds blocks, takes part in steps), or parked (holds blocks, takes part in
 * none). Each move between them is one method here.
 */
final class Residents {
    private final KvBlocks kv;
    private final Slots slots;
    private final Map<SequenceKey, Sequence> all = new HashMap<>();
    private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
    // Oldest first, so that the last one is the next to be preempted.
    private final List<Sequence> running = new ArrayList<>();
    private final Map<SequenceKey, Sequence> parked = new LinkedHashMap<>();
    private long nextOrder;
    private long preemptions;
    private long finished;

    Residents(KvBlocks kv, Slots slots) {
        this.kv = kv;
        this.slots = slots;
    }

    Collection<Sequence> all() {
        return all.values();
    }

    Collection<Sequence> waiting() {
        return waiting;
    }

    List<Sequence> running() {
        return running;
    }

    Collection<Sequence> parked() {
        return parked.values();
    }

    @Nullable Sequence get(SequenceKey key) {
        return all.get(key);
    }

    long preemptions() {
        return preemptions;
    }

    /** Sequences that ended here, cancelled ones too. */
    long finished() {
        return finished;
    }

    /** A new sequence waits. */
    void enqueue(Sequence sequence) {
        register(sequence);
        waiting.addLast(sequence);
    }

    /** A sequence that came with its KV runs; its blocks are in its table. */
    void join(Sequence sequence) {
        register(sequence);
        running.add(sequence);
    }

    private void register(Sequence sequence) {
        sequence.order = nextOrder++;
        all.put(sequence.key(), sequence);
    }

    @Nullable Sequence nextWaiting() {
        return waiting.peekFirst();
    }

    /**
     * The first waiting sequence runs.
     *
     * @param spare blocks that must stay free
     * @return whether there were blocks for it
     */
    boolean admitNext(int spare, long nowNs) {
        Sequence sequence = waiting.getFirst();
        int cached = kv.admit(sequence, spare);
        if (cached < 0) {
            return false;
        }
        waiting.removeFirst();
        sequence.start(cached, nowNs);
        slots.bind(sequence);
        insertRunning(sequence);
        return true;
    }

    private void insertRunning(Sequence sequence) {
        int index = running.size();
        while (index > 0 && running.get(index - 1).order > sequence.order) {
            index--;
        }
        running.add(index, sequence);
    }

    /** The newest running sequence loses its blocks and is the next to be admitted. */
    Sequence preemptNewest() {
        Sequence victim = running.remove(running.size() - 1);
        kv.free(victim);
        slots.release(victim);
        victim.preempt();
        // Victims of one step come newest first, so that the oldest ends up in front.
        waiting.addFirst(victim);
        preemptions++;
        return victim;
    }

    /** A prefilled sequence leaves the steps and keeps its blocks. */
    void park(Sequence sequence) {
        sequence.transitionTo(SequenceState.PARKED);
        running.remove(sequence);
        slots.release(sequence);
        parked.put(sequence.key(), sequence);
    }

    /** A parked sequence decodes here; it gets a slot in the next step that has one. */
    void unpark(Sequence sequence) {
        sequence.transitionTo(SequenceState.DECODING);
        sequence.stayHere();
        parked.remove(sequence.key());
        insertRunning(sequence);
    }

    /** A migrated sequence is the peer's now. */
    void moveOut(Sequence sequence) {
        sequence.transitionTo(SequenceState.MOVED);
        forget(sequence);
    }

    /** A sequence ends, wherever it is. */
    void end(Sequence sequence, FinishReason reason) {
        SequenceState last = sequence.state();
        sequence.end(reason);
        finished++;
        if (last == SequenceState.WAITING) {
            waiting.remove(sequence);
        } else if (last == SequenceState.PREFILLING || last == SequenceState.DECODING) {
            running.remove(sequence);
        }
        forget(sequence);
    }

    private void forget(Sequence sequence) {
        parked.remove(sequence.key());
        all.remove(sequence.key());
        slots.release(sequence);
        kv.free(sequence);
    }
}
