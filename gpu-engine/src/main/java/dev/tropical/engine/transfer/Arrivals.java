package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.protocol.Lanes;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.KvAbort;
import dev.tropical.protocol.wire.KvChunk;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
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
    private final IncomingLinks links;

    /** Closed while a link still wrote to their blocks. */
    private final List<Arrival> draining = new ArrayList<>();

    public Arrivals(
            BatchScheduler scheduler,
            ModelRunner runner,
            EnginePort port,
            PeerDirectory peers,
            ArrivalListener listener,
            TransferOptions options) {
        this.scheduler = scheduler;
        this.runner = runner;
        this.blockSize = runner.spec().blockSize();
        this.port = port;
        this.listener = listener;
        this.links = new IncomingLinks(runner.links(), runner.kvType(), peers, options);
    }

    /** A peer's command; false when it is none of a migration. */
    public boolean handle(
            ByteString connection, EngineCommand command, ByteBuffer payload, long nowNs) {
        switch (command.getBodyCase()) {
            case KV_RESERVE -> reserve(connection, command.getKvReserve(), nowNs);
            case KV_FRAME -> frame(connection, command.getKvFrame(), payload, nowNs);
            case KV_CHUNK -> chunk(connection, command.getKvChunk(), nowNs);
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
                answer.setAccepted(true)
                        .setCachedBlocks(arrival.reservation().cachedBlocks())
                        .setLinkId(links.accept(reserve, nowNs)));
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

    /** Blocks of a chunk are received whoever wants them, as long as the link stands. */
    private void chunk(ByteString connection, KvChunk chunk, long nowNs) {
        TransferKey key = new TransferKey(connection, chunk.getTransferId());
        Arrival arrival = arrivals.get(key);
        WatchedLink link = links.find(chunk.getLinkId()).orElse(null);
        if (link == null) {
            abort(key, arrival, "the link is closed");
        } else if (arrival == null || !arrival.isWanted(chunk)) {
            link.discard(chunk.getCount());
            abort(key, arrival, "the chunk is of other blocks");
        } else {
            int first = chunk.getBlock();
            int[] blocks = arrival.reservation().blockTable();
            int[] into = Arrays.copyOfRange(blocks, first, first + chunk.getCount());
            arrival.receiving(link, link.receive(into), first, chunk.getCount());
            arrival.touched(nowNs);
        }
    }

    private void abort(TransferKey key, @Nullable Arrival arrival, String why) {
        if (arrival != null && arrival.state() == Arrival.State.RECEIVING) {
            close(key, arrival, why);
            answer(key.connection(), abortOf(arrival, why));
        }
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
        if (arrival.isReceiving()) {
            arrival.waiting(commit);
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

    /**
     * Frees what silent senders have reserved, and forgets what has long been committed.
     *
     * @return whether blocks were freed or a sequence was taken over
     */
    public boolean turn(long nowNs) {
        links.turn(nowNs);
        boolean isChanged = draining.removeIf(this::isReleased);
        isChanged |= settle(nowNs);
        for (Map.Entry<TransferKey, Arrival> entry : List.copyOf(arrivals.entrySet())) {
            if (entry.getValue().isOverdue(nowNs)) {
                close(entry.getKey(), entry.getValue(), "the sender fell silent");
                isChanged = true;
            }
        }
        return isChanged;
    }

    /** Counts what has come over links, and looks at the commits that waited for it. */
    private boolean settle(long nowNs) {
        boolean isChanged = false;
        for (Map.Entry<TransferKey, Arrival> entry : List.copyOf(arrivals.entrySet())) {
            if (entry.getValue().settle()) {
                entry.getValue().touched(nowNs);
            }
            KvCommit commit = entry.getValue().takeCommit();
            if (commit != null) {
                commit(entry.getKey().connection(), commit, nowNs);
                isChanged = true;
            }
        }
        return isChanged;
    }

    /** Whether blocks come over a link now: the loop should come back soon. */
    public boolean isReceiving() {
        return links.isBusy();
    }

    /** Gives blocks back, unless a link would write into what they are given to next. */
    private boolean isReleased(Arrival arrival) {
        arrival.settle();
        if (arrival.isReceiving()) {
            return false;
        }
        scheduler.release(arrival.reservation());
        return true;
    }

    private void close(TransferKey key, Arrival arrival, String why) {
        if (arrival.state() == Arrival.State.RECEIVING) {
            if (!isReleased(arrival)) {
                draining.add(arrival);
            }
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
