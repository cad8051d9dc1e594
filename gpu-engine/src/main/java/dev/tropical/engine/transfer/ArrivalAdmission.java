package dev.tropical.engine.transfer;

import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.wire.KvCommit;
import dev.tropical.protocol.wire.KvReserve;
import dev.tropical.protocol.wire.KvReserved;
import dev.tropical.protocol.wire.KvType;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.PrefixKey;
import dev.tropical.scheduling.batch.Reservation;
import dev.tropical.scheduling.batch.Sequence;
import java.util.List;
import java.util.Optional;

/** Whether a sequence may come: first for its blocks, then, with those, for good. Loop thread. */
final class ArrivalAdmission {
    private final BatchScheduler scheduler;
    private final ArrivalListener listener;
    private final int blockSize;

    ArrivalAdmission(BatchScheduler scheduler, ArrivalListener listener, int blockSize) {
        this.scheduler = scheduler;
        this.listener = listener;
        this.blockSize = blockSize;
    }

    /** Takes blocks for it; when there are none for it, the answer says why. */
    Optional<Reservation> reserve(KvReserve reserve, KvReserved.Builder answer, long nowNs) {
        String why = whyNot(reserve);
        if (!why.isEmpty()) {
            answer.setReason(why);
            return Optional.empty();
        }
        try {
            List<PrefixKey> prefixKeys =
                    reserve.getPrefixKeysList().stream()
                            .map(key -> PrefixKey.fromBytes(key.toByteArray()))
                            .toList();
            Optional<Reservation> reservation =
                    scheduler.reserve(
                            reserve.getKey(),
                            reserve.getPromptTokens(),
                            reserve.getBlocks(),
                            prefixKeys,
                            reserve.getSlo(),
                            nowNs + reserve.getFirstTokenInNs());
            answer.setReason(reservation.isEmpty() ? "no blocks or no slot is free" : "");
            return reservation;
        } catch (IllegalArgumentException e) {
            answer.setReason(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private String whyNot(KvReserve reserve) {
        if (listener.isCancelled(reserve.getKey())) {
            return "cancelled";
        }
        if (reserve.getKvType() == KvType.UNRECOGNIZED) {
            return "kv_type " + reserve.getKvTypeValue() + " is unknown";
        }
        return listener.isShortOfBlocks() ? "preempted sequences wait for blocks" : "";
    }

    /** Leading blocks of the table that a commit says were sent; negative when it says nonsense. */
    int blocks(KvCommit commit) {
        return Math.floorDiv(commit.getComputedTokens() - 1, blockSize) + 1;
    }

    /** Takes the sequence over; returns why not, or nothing. */
    String adopt(Arrival arrival, KvCommit commit, long nowNs) {
        String why = whyNot(arrival, commit);
        if (!why.isEmpty()) {
            return why;
        }
        try {
            Sequence sequence = new Sequence(commit.getSequence(), nowNs);
            scheduler.adopt(arrival.reservation(), sequence, commit.getComputedTokens(), nowNs);
            listener.adopted(sequence, commit.getAckedOffset());
            return "";
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private String whyNot(Arrival arrival, KvCommit commit) {
        if (listener.isCancelled(arrival.key())) {
            return "cancelled";
        }
        if (!commit.getSequence().getKey().equals(arrival.key())) {
            return "the commit is of another sequence than the reservation";
        }
        int lane = commit.getSequence().getLane();
        if (!Lanes.isLane(lane)) {
            return "lane: " + lane + " (expected: in [0, " + Lanes.COUNT + "))";
        }
        if (commit.getComputedTokens() < 0) {
            return "computed tokens: " + commit.getComputedTokens() + " (expected: >= 0)";
        }
        int blocks = blocks(commit);
        if (blocks > arrival.reservation().blockTable().length) {
            return "computed tokens: " + commit.getComputedTokens() + " exceed the reservation";
        }
        int missing = arrival.missing(blocks);
        return missing == 0
                ? ""
                : missing + " of " + commit.getTotalFrames() + " frames have not come";
    }
}
