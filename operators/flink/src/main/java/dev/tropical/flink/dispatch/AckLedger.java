package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.AckedSequence;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
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

    private final List<Durable> endedSinceSnapshot = new ArrayList<>();
    private final NavigableMap<Long, List<Durable>> byCheckpoint = new TreeMap<>();

    /** A request that ends: its sequences will not be among those in flight. */
    void ended(InFlightRequest request) {
        request.choices().forEach(choice -> record(request, choice, endedSinceSnapshot));
    }

    /** Notes what the checkpoint's state holds. */
    void snapshot(long checkpointId, Iterable<InFlightRequest> inFlight) {
        List<Durable> durable = new ArrayList<>(endedSinceSnapshot);
        endedSinceSnapshot.clear();
        for (InFlightRequest request : inFlight) {
            request.choices().forEach(choice -> record(request, choice, durable));
        }
        byCheckpoint.put(checkpointId, durable);
    }

    /**
     * Hands over what this and earlier checkpoints have made durable, for each engine that holds
     * sequences of it now.
     */
    void complete(long checkpointId, BiConsumer<String, List<AckedSequence>> acks) {
        NavigableMap<Long, List<Durable>> completed = byCheckpoint.headMap(checkpointId, true);
        Map<String, Map<SequenceKey, AckedSequence>> byEngine = new LinkedHashMap<>();
        for (List<Durable> durables : completed.values()) {
            for (Durable durable : durables) {
                ChoiceStream choice = durable.choice();
                if (durable.offset() > choice.ackedTokens) {
                    choice.ackedTokens = durable.offset();
                    byEngine.computeIfAbsent(choice.holder, engine -> new HashMap<>())
                            .put(durable.key(), acked(durable));
                }
            }
        }
        completed.clear();
        byEngine.forEach(
                (engine, sequences) -> acks.accept(engine, List.copyOf(sequences.values())));
    }

    private static void record(
            InFlightRequest request, ChoiceStream choice, List<Durable> durables) {
        boolean isHeld = choice.isConfirmed && !choice.isEndedByText();
        if (isHeld && choice.tokenCount() > choice.ackedTokens) {
            durables.add(
                    new Durable(request.key(choice), request.lane(), choice.tokenCount(), choice));
        }
    }

    private static AckedSequence acked(Durable durable) {
        return AckedSequence.newBuilder()
                .setKey(durable.key())
                .setLane(durable.lane())
                .setOffset(durable.offset())
                .build();
    }
}
