package dev.tropical.simulator;

import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.scheduling.batch.Reservation;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.routing.DecodePlacementChooser;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Moves prefilled sequences to decode engines: blocks are reserved when the prefill starts or when
 * it is done, the KV takes its time, then the decode engine takes over. Without an engine that has
 * blocks a sequence stays parked and is offered again on each status.
 */
final class Handovers {
    /** As the engines' own default. */
    private static final double PEER_WATERMARK = 0.9;

    private record Place(SimulatedEngine engine, Reservation reservation) {}

    private final Map<String, SimulatedEngine> engines;
    private final Supplier<Collection<EngineStatus>> statuses;
    private final EventQueue events;
    private final SystemSpec system;
    private final DecodePlacementChooser chooser = new DecodePlacementChooser(PEER_WATERMARK);
    private final Map<SequenceKey, Place> places = new HashMap<>();
    private final Map<Sequence, SimulatedEngine> unplaced = new LinkedHashMap<>();

    /**
     * @param engines by id
     * @param statuses what the engines know of each other
     */
    Handovers(
            Map<String, SimulatedEngine> engines,
            Supplier<Collection<EngineStatus>> statuses,
            EventQueue events,
            SystemSpec system) {
        this.engines = engines;
        this.statuses = statuses;
        this.events = events;
        this.system = system;
    }

    void prefillStarts(SimulatedEngine from, Sequence sequence) {
        if (system.timing().transfer().isReservedAtStart()) {
            reserve(from, sequence);
        }
    }

    void parked(SimulatedEngine from, Sequence sequence) {
        Place place = places.get(sequence.key());
        if (place != null) {
            place.engine.catchUp(); // its statuses until now had the predicted instant
            place.reservation.firstTokenAt(events.nowNs());
        } else if (!reserve(from, sequence)) {
            unplaced.put(sequence, from);
            return;
        }
        transfer(from, sequence);
    }

    /** It ended with its first token, on the prefill engine. */
    void ended(Sequence sequence) {
        Place place = places.remove(sequence.key());
        if (place != null) {
            place.engine.scheduler().release(place.reservation);
        }
    }

    /** A decode engine may have blocks again. */
    void offerAgain() {
        if (unplaced.isEmpty()) {
            return;
        }
        List<Sequence> placed = new ArrayList<>();
        unplaced.forEach(
                (sequence, from) -> {
                    if (reserve(from, sequence)) {
                        placed.add(sequence);
                        transfer(from, sequence);
                    }
                });
        placed.forEach(unplaced::remove);
    }

    /** Whether some sequence waits for an engine that has blocks. */
    boolean isWaiting() {
        return !unplaced.isEmpty();
    }

    private boolean reserve(SimulatedEngine from, Sequence sequence) {
        int blockSize = system.hardware().blockSize();
        int blocks = sequence.promptTokens() / blockSize + 1;
        Set<String> refused = new HashSet<>();
        while (true) {
            Optional<String> peer =
                    chooser.choose(from.info().getEngineId(), statuses.get(), refused, blocks);
            if (peer.isEmpty()) {
                return false;
            }
            SimulatedEngine to = engine(peer.get());
            Optional<Reservation> reservation =
                    to.scheduler()
                            .reserve(
                                    sequence.key(),
                                    sequence.promptTokens(),
                                    blocks,
                                    List.of(),
                                    sequence.slo(),
                                    events.nowNs() + from.firstTokenInNs(sequence));
            if (reservation.isPresent()) {
                places.put(sequence.key(), new Place(to, reservation.get()));
                to.advance();
                return true;
            }
            refused.add(peer.get());
        }
    }

    private void transfer(SimulatedEngine from, Sequence sequence) {
        from.scheduler().beginMigration(sequence.key());
        SystemSpec.Transfer transfer = system.timing().transfer();
        long durationNs = transfer.durationNs(sequence.promptTokens());
        long endNs =
                transfer.isStalling()
                        ? place(sequence).engine.stall(durationNs)
                        : events.nowNs() + durationNs;
        events.at(endNs, () -> complete(from, sequence));
    }

    private Place place(Sequence sequence) {
        Place place = places.get(sequence.key());
        if (place == null) {
            throw new IllegalStateException(sequence + " is migrating (expected: a place for it)");
        }
        return place;
    }

    private void complete(SimulatedEngine from, Sequence sequence) {
        Place place = place(sequence);
        places.remove(sequence.key());
        Sequence arrived = new Sequence(handover(sequence), events.nowNs());
        place.engine
                .scheduler()
                .adopt(place.reservation, arrived, sequence.computedTokens(), events.nowNs());
        from.scheduler().completeMigration(sequence.key());
        place.engine.moved(arrived, true);
        from.moved(sequence, false);
    }

    private Submit handover(Sequence sequence) {
        Submit.Builder submit =
                sequence.request().toBuilder()
                        .setAgeNs(sequence.ageNs(events.nowNs()))
                        .setFirstTokenAgeNs(sequence.firstTokenAgeNs(events.nowNs()))
                        .setPlacement(DecodePlacement.DECODE_HERE)
                        .clearGeneratedTokenIds();
        for (int token : sequence.generated(0)) {
            submit.addGeneratedTokenIds(token);
        }
        return submit.build();
    }

    private SimulatedEngine engine(String id) {
        SimulatedEngine engine = engines.get(id);
        if (engine == null) {
            throw new IllegalStateException(id + " (expected: one of " + engines.keySet() + ")");
        }
        return engine;
    }
}
