package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.KvAbort;
import dev.tropical.protocol.wire.KvCommit;
import dev.tropical.protocol.wire.KvCommitted;
import dev.tropical.protocol.wire.KvFrame;
import dev.tropical.protocol.wire.KvReserve;
import dev.tropical.protocol.wire.KvReserved;
import dev.tropical.protocol.wire.KvType;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.PrefixKey;
import dev.tropical.scheduling.batch.Reservation;
import dev.tropical.scheduling.batch.Sequence;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decode engine's side of all migrations: gives blocks, fills them, takes the sequence over.
 * Whatever comes twice, late, or of an unknown transfer is ignored; a sender that falls silent
 * loses its blocks. Loop thread.
 */
public final class Arrivals {
    private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);

    private record TransferKey(ByteString connection, long transferId) {}

    private final BatchScheduler scheduler;
    private final ModelRunner runner;
    private final EnginePort port;
    private final ArrivalListener listener;
    private final int blockSize;
    private final Map<TransferKey, Arrival> arrivals = new LinkedHashMap<>();

    public Arrivals(
            BatchScheduler scheduler,
            ModelRunner runner,
            EnginePort port,
            ArrivalListener listener) {
        this.scheduler = scheduler;
        this.runner = runner;
        this.blockSize = runner.spec().blockSize();
        this.port = port;
        this.listener = listener;
    }

    /** A peer's command; false when it is none of a migration. */
    public boolean handle(
            ByteString connection, EngineCommand command, ByteBuffer payload, long nowNs) {
        switch (command.getBodyCase()) {
            case KV_RESERVE -> reserve(connection, command.getKvReserve(), nowNs);
            case KV_FRAME -> frame(connection, command.getKvFrame(), payload, nowNs);
            case KV_COMMIT -> commit(connection, command.getKvCommit(), nowNs);
            case KV_ABORT -> abort(connection, command.getKvAbort());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void reserve(ByteString connection, KvReserve reserve, long nowNs) {
        TransferKey key = new TransferKey(connection, reserve.getTransferId());
        KvReserved.Builder answer = KvReserved.newBuilder().setTransferId(reserve.getTransferId());
        Arrival arrival = arrivals.get(key);
        if (arrival == null) {
            String why = whyNot(reserve);
            if (!why.isEmpty()) {
                answer(connection, answer.setReason(why));
                return;
            }
            Optional<Reservation> reservation = takeBlocks(reserve, answer, nowNs);
            if (reservation.isEmpty()) {
                answer(connection, answer);
                return;
            }
            arrival =
                    new Arrival(
                            reserve.getTransferId(),
                            reservation.get(),
                            KvConversion.of(reserve.getKvType(), runner.kvType()),
                            runner.spec().blockBytes(),
                            reserve.getDeadlineNs(),
                            nowNs);
            arrivals.put(key, arrival);
        }
        arrival.reservation().firstTokenAt(nowNs + reserve.getFirstTokenInNs());
        arrival.touched(nowNs);
        answer(
                connection,
                answer.setAccepted(true).setCachedBlocks(arrival.reservation().cachedBlocks()));
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

    private Optional<Reservation> takeBlocks(
            KvReserve reserve, KvReserved.Builder answer, long nowNs) {
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

    private void frame(ByteString connection, KvFrame frame, ByteBuffer payload, long nowNs) {
        TransferKey key = new TransferKey(connection, frame.getTransferId());
        Arrival arrival = arrivals.get(key);
        if (arrival == null || arrival.state() != Arrival.State.RECEIVING) {
            return;
        }
        Frames frames = arrival.frames();
        int index = frames.at(frame.getOffset(), payload.remaining());
        if (index < 0 || !arrival.isWanted(frame.getBlock())) {
            String why =
                    "frame at "
                            + frame.getOffset()
                            + " of "
                            + payload.remaining()
                            + " bytes of block "
                            + frame.getBlock()
                            + " (expected: blocks of "
                            + frames.blockBytes()
                            + " bytes in "
                            + arrival.reservation().cachedBlocks()
                            + " to "
                            + (arrival.reservation().blockTable().length - 1)
                            + ")";
            close(key, arrival, why);
            answer(connection, abortOf(arrival, why));
            return;
        }
        int block = arrival.reservation().blockTable()[frame.getBlock()];
        KvConversion conversion = arrival.conversion();
        int offset = conversion.ownBytes(frame.getOffset());
        runner.writeBlock(block, offset, conversion.convert(payload));
        arrival.received(frame.getBlock(), index);
        arrival.touched(nowNs);
    }

    private void commit(ByteString connection, KvCommit commit, long nowNs) {
        TransferKey key = new TransferKey(connection, commit.getTransferId());
        Arrival arrival = arrivals.get(key);
        if (arrival == null) {
            answer(connection, refusal(commit, "no such transfer"));
            return;
        }
        if (arrival.state() == Arrival.State.ADOPTED) {
            answer(connection, EngineCommand.newBuilder().setKvCommitted(arrival.answer()));
            return;
        }
        String why = adopt(arrival, commit, nowNs);
        if (!why.isEmpty()) {
            close(key, arrival, why);
            answer(connection, refusal(commit, why));
            return;
        }
        KvCommitted accepted =
                KvCommitted.newBuilder()
                        .setTransferId(commit.getTransferId())
                        .setAccepted(true)
                        .build();
        arrival.adopted(accepted);
        arrival.touched(nowNs);
        answer(connection, EngineCommand.newBuilder().setKvCommitted(accepted));
    }

    /** Takes the sequence over; returns why not, or nothing. */
    private String adopt(Arrival arrival, KvCommit commit, long nowNs) {
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
        int blocks = (commit.getComputedTokens() + blockSize - 1) / blockSize;
        if (blocks > arrival.reservation().blockTable().length) {
            return "computed tokens: " + commit.getComputedTokens() + " exceed the reservation";
        }
        int missing = arrival.missing(blocks);
        if (missing > 0) {
            return missing + " of " + commit.getTotalFrames() + " frames have not come";
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

    private void abort(ByteString connection, KvAbort abort) {
        TransferKey key = new TransferKey(connection, abort.getTransferId());
        Arrival arrival = arrivals.get(key);
        if (arrival == null) {
            return;
        }
        boolean isAdopted = arrival.state() == Arrival.State.ADOPTED;
        close(key, arrival, abort.getReason());
        if (isAdopted) {
            listener.withdrawn(arrival.key());
        }
    }

    /** The lane has cancelled these sequences: what is under way of them is freed. */
    public void cancel(Predicate<dev.tropical.protocol.wire.SequenceKey> isCancelled) {
        for (Map.Entry<TransferKey, Arrival> entry : List.copyOf(arrivals.entrySet())) {
            Arrival arrival = entry.getValue();
            if (arrival.state() == Arrival.State.RECEIVING && isCancelled.test(arrival.key())) {
                close(entry.getKey(), arrival, "cancelled");
                answer(entry.getKey().connection(), abortOf(arrival, "cancelled"));
            }
        }
    }

    /** Frees what silent senders have reserved, and forgets what has long been committed. */
    public void turn(long nowNs) {
        for (Map.Entry<TransferKey, Arrival> entry : List.copyOf(arrivals.entrySet())) {
            if (entry.getValue().isOverdue(nowNs)) {
                close(entry.getKey(), entry.getValue(), "the sender fell silent");
            }
        }
    }

    private void close(TransferKey key, Arrival arrival, String why) {
        if (arrival.state() == Arrival.State.RECEIVING) {
            scheduler.release(arrival.reservation());
            LOG.info(
                    "transfer {} of {} ended: {}",
                    arrival.transferId(),
                    arrival.key().getRequestId(),
                    why);
        }
        arrival.closed();
        arrivals.remove(key);
    }

    private static EngineCommand.Builder refusal(KvCommit commit, String why) {
        return EngineCommand.newBuilder()
                .setKvCommitted(
                        KvCommitted.newBuilder()
                                .setTransferId(commit.getTransferId())
                                .setReason(why));
    }

    private static EngineCommand.Builder abortOf(Arrival arrival, String why) {
        return EngineCommand.newBuilder()
                .setKvAbort(
                        KvAbort.newBuilder().setTransferId(arrival.transferId()).setReason(why));
    }

    private void answer(ByteString connection, KvReserved.Builder reserved) {
        answer(connection, EngineCommand.newBuilder().setKvReserved(reserved));
    }

    private void answer(ByteString connection, EngineCommand.Builder command) {
        port.send(new Outbound.Answer(connection, command.setVersion(Wire.VERSION).build()));
    }
}
