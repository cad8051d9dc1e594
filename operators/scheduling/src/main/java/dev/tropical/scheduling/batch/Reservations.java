package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Slo;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The open reservations; one a sequence. */
final class Reservations {
    private final KvBlocks kv;
    private final Map<SequenceKey, Reservation> open = new HashMap<>();

    Reservations(KvBlocks kv) {
        this.kv = kv;
    }

    Optional<Reservation> open(
            SequenceKey key,
            int promptTokens,
            int blocks,
            List<PrefixKey> prefixKeys,
            Slo slo,
            long firstTokenAtNs) {
        if (blocks < 1 || prefixKeys.size() > blocks) {
            throw new IllegalArgumentException(
                    "blocks: "
                            + blocks
                            + " (expected: >= 1, and >= the "
                            + prefixKeys.size()
                            + " prefix keys)");
        }
        if (open.containsKey(key)) {
            return Optional.empty();
        }
        int[] cached = kv.match(prefixKeys);
        int[] table = kv.reserve(blocks, cached);
        if (table == null) {
            return Optional.empty();
        }
        Reservation reservation =
                new Reservation(key, promptTokens, table, cached.length, slo, firstTokenAtNs);
        open.put(key, reservation);
        return Optional.of(reservation);
    }

    boolean isOpen(Reservation reservation) {
        return reservation.equals(open.get(reservation.key()));
    }

    /**
     * @throws IllegalArgumentException when it has ended before
     */
    void close(Reservation reservation) {
        if (!isOpen(reservation)) {
            throw new IllegalArgumentException(
                    reservation.key().getRequestId() + ": the reservation has ended");
        }
        open.remove(reservation.key());
    }

    Collection<Reservation> all() {
        return open.values();
    }

    int count() {
        return open.size();
    }

    boolean isEmpty() {
        return open.isEmpty();
    }
}
