package dev.tropical.engine.loop;

import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.scheduling.batch.SequenceState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Everything the engine holds for the lanes: sequences that wait or run, finished ones until their
 * Ack, and for a while what became of those that are gone. Loop thread.
 */
final class SequenceStore {
    private final Map<SequenceKey, Holding> holdings = new LinkedHashMap<>();
    private final ExpiringMap<SequenceKey, Boolean> cancelled;
    private final ExpiringMap<SequenceKey, String> moved;
    private final long keepFinishedNs;

    SequenceStore(LoopOptions options) {
        this.cancelled = new ExpiringMap<>(options.keepTombstone());
        this.moved = new ExpiringMap<>(options.keepFinished());
        this.keepFinishedNs = options.keepFinished().toNanos();
    }

    Optional<Holding> find(SequenceKey key) {
        return Optional.ofNullable(holdings.get(key));
    }

    /** Holds it, also when it had gone from here before: two engines never name each other. */
    void hold(Holding holding) {
        moved.remove(holding.key());
        holdings.put(holding.key(), holding);
    }

    void forget(SequenceKey key) {
        holdings.remove(key);
    }

    /** Tokens [0, offset) of a sequence are durable; forgets it when nothing else is left of it. */
    void ack(SequenceKey key, int offset) {
        Holding holding = holdings.get(key);
        if (holding != null && holding.ack(offset)) {
            holdings.remove(key);
        }
    }

    /** Forgets a sequence that decodes on another engine now, but for where it went. */
    void moved(SequenceKey key, String toEngineId, long nowNs) {
        holdings.remove(key);
        moved.put(key, toEngineId, nowNs);
    }

    /** Where a sequence went, while that is remembered. */
    Optional<String> movedTo(SequenceKey key) {
        return moved.get(key);
    }

    /**
     * Forgets the cancelled attempt, or every attempt, and remembers not to take it in again.
     *
     * @return what was held of it
     */
    List<Holding> cancel(SequenceKey key, long nowNs) {
        cancelled.put(key, true, nowNs);
        List<Holding> ended = new ArrayList<>();
        for (Holding holding : holdings.values()) {
            SequenceKey held = holding.key();
            if (held.equals(key)
                    || (key.getAttempt() == Wire.EVERY_ATTEMPT && everyAttempt(held).equals(key))) {
                ended.add(holding);
            }
        }
        ended.forEach(holding -> holdings.remove(holding.key()));
        return ended;
    }

    boolean isCancelled(SequenceKey key) {
        return cancelled.contains(key) || cancelled.contains(everyAttempt(key));
    }

    private static SequenceKey everyAttempt(SequenceKey key) {
        return key.toBuilder().setAttempt(Wire.EVERY_ATTEMPT).build();
    }

    /** What is held of the lanes that {@code isWanted} names. */
    List<Holding> ofLanes(IntPredicate isWanted) {
        return holdings.values().stream().filter(held -> isWanted.test(held.lane())).toList();
    }

    /** Sequences that wait for their first step, or for another one after a preemption. */
    long waiting() {
        return holdings.values().stream()
                .filter(held -> held.sequence().state() == SequenceState.WAITING)
                .count();
    }

    /** Whether a sequence has lost its blocks and waits for others. */
    boolean hasPreempted() {
        return holdings.values().stream()
                .map(Holding::sequence)
                .anyMatch(s -> s.state() == SequenceState.WAITING && s.preemptions() > 0);
    }

    Collection<Holding> all() {
        return holdings.values();
    }

    /** Forgets finished sequences whose lane never came back, and old tombstones. */
    void expire(long nowNs) {
        holdings.values()
                .removeIf(held -> held.isFinished() && nowNs - held.finishedNs() >= keepFinishedNs);
        cancelled.expire(nowNs);
        moved.expire(nowNs);
    }
}
