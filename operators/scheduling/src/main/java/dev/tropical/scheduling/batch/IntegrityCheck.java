package dev.tropical.scheduling.batch;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/** Counts anew what the scheduler keeps by increments. */
final class IntegrityCheck {
    private IntegrityCheck() {}

    static void run(
            BlockPool pool,
            KvBlocks kv,
            Slots slots,
            Residents residents,
            Reservations reservations) {
        pool.checkIntegrity();
        checkBlocks(pool, kv, residents, reservations);
        checkSlots(slots, residents);
        int places =
                residents.waiting().size() + residents.running().size() + residents.parked().size();
        check(places == residents.all().size(), "sequences", places, residents.all().size());
    }

    private static void checkBlocks(
            BlockPool pool, KvBlocks kv, Residents residents, Reservations reservations) {
        Set<Integer> held = new HashSet<>();
        long references = kv.deferred();
        kv.addDeferredTo(held);
        for (Sequence sequence : residents.all()) {
            references += addAll(held, sequence.blocks.toArray());
        }
        for (Reservation reservation : reservations.all()) {
            references += addAll(held, reservation.blockTable());
        }
        check(held.size() == pool.used(), "used blocks", pool.used(), held.size());
        check(references == pool.references(), "references", pool.references(), references);
    }

    private static int addAll(Set<Integer> held, int[] blocks) {
        for (int block : blocks) {
            held.add(block);
        }
        return blocks.length;
    }

    private static void checkSlots(Slots slots, Residents residents) {
        BitSet bound = new BitSet();
        for (Sequence sequence : residents.all()) {
            boolean isRunning =
                    sequence.state() == SequenceState.PREFILLING
                            || sequence.state() == SequenceState.DECODING;
            if (sequence.slot() >= 0) {
                check(isRunning && !bound.get(sequence.slot()), sequence + " slot", 0, 1);
                bound.set(sequence.slot());
            }
        }
        int used = slots.total() - slots.free();
        check(bound.cardinality() == used, "slots in use", used, bound.cardinality());
    }

    private static void check(boolean isRight, String what, long counted, long found) {
        if (!isRight) {
            throw new IllegalStateException(
                    what + ": " + counted + " (expected: " + found + ", counted anew)");
        }
    }
}
