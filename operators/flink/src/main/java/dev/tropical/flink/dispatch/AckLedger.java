package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.AckedSequence;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * What each checkpoint makes durable. Engines may forget tokens only when a completed checkpoint
 * holds them; an aborted one's are covered by the next.
 */
final class AckLedger {
    private record Durable(SequenceKey key, int lane, int offset, ChoiceStream choice) {}

    private final Map<SequenceKey, Durable> sinceSnapshot = new HashMap<>(); // of ended requests
    private final NavigableMap<Long, Map<SequenceKey, Durable>> byCheckpoint = new TreeMap<>();

    /** A request that ends: its sequences will not be among those in flight. */
    void ended(InFlightRequest request) {
        request.choices().forEach(choice -> record(request, choice, sinceSnapshot));
    }

    /** Notes what the checkpoint's state holds. */
    void snapshot(long checkpointId, Iterable<InFlightRequest> inFlight) {
        Map<SequenceKey, Durable> durable = new HashMap<>(sinceSnapshot);
        sinceSnapshot.clear();
        for (InFlightRequest request : inFlight) {
            request.choices().forEach(choice -> record(request, choice, durable));
        }
        byCheckpoint.put(checkpointId, durable);
    }

    /**
     * The next checkpoint will hold all that this one would have: its marks move on to that, so
     * that failures in a row do not make them more.
     */
    void aborted(long checkpointId) {
        Map<SequenceKey, Durable> marks = byCheckpoint.remove(checkpointId);
        if (marks == null) {
            return;
        }
        Map.Entry<Long, Map<SequenceKey, Durable>> next = byCheckpoint.higherEntry(checkpointId);
        Map<SequenceKey, Durable> into = next == null ? sinceSnapshot : next.getValue();
        marks.forEach((key, mark) -> into.merge(key, mark, AckLedger::further));
    }

    /** Sequences whose engines wait for a checkpoint; each once for each checkpoint under way. */
    int waiting() {
        return sinceSnapshot.size() + byCheckpoint.values().stream().mapToInt(Map::size).sum();
    }

    /**
     * Hands over what this and earlier checkpoints have made durable, for each engine that holds
     * sequences of it now.
     */
    void complete(long checkpointId, BiConsumer<String, List<AckedSequence>> acks) {
        NavigableMap<Long, Map<SequenceKey, Durable>> completed =
                byCheckpoint.headMap(checkpointId, true);
        Map<String, Map<SequenceKey, AckedSequence>> byEngine = new LinkedHashMap<>();
        for (Map<SequenceKey, Durable> durables : completed.values()) {
            for (Durable durable : durables.values()) {
                EngineSide holding = durable.choice().engine();
                if (durable.offset() > holding.ackedTokens()) {
                    holding.acked(durable.offset());
                    byEngine.computeIfAbsent(holding.holder(), engine -> new HashMap<>())
                            .put(durable.key(), acked(durable));
                }
            }
        }
        completed.clear();
        byEngine.forEach(
                (engine, sequences) -> acks.accept(engine, List.copyOf(sequences.values())));
    }

    private static void record(
            InFlightRequest request, ChoiceStream choice, Map<SequenceKey, Durable> durables) {
        boolean isHeld = choice.engine().isConfirmed() && !choice.isEndedByText();
        if (isHeld && choice.tokenCount() > choice.engine().ackedTokens()) {
            SequenceKey key = request.key(choice);
            Durable durable = new Durable(key, request.lane(), choice.tokenCount(), choice);
            durables.merge(key, durable, AckLedger::further);
        }
    }

    private static Durable further(Durable one, Durable other) {
        return other.offset() > one.offset() ? other : one;
    }

    private static AckedSequence acked(Durable durable) {
        return AckedSequence.newBuilder()
                .setKey(durable.key())
                .setLane(durable.lane())
                .setOffset(durable.offset())
                .build();
    }
}
