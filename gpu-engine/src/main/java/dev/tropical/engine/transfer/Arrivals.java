package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.bulk.BulkPort;
import dev.tropical.engine.bulk.BulkReceiver;
import dev.tropical.engine.bulk.FrameSink;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.KvAbort;
import dev.tropical.protocol.wire.KvChunk;
import dev.tropical.protocol.wire.KvCommit;
import dev.tropical.protocol.wire.KvCommitted;
import dev.tropical.protocol.wire.KvFrame;
import dev.tropical.protocol.wire.KvReserve;
import dev.tropical.protocol.wire.KvReserved;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.Reservation;
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
    private final ArrivalListener listener;
    private final ArrivalAdmission admission;
    private final ArrivalAnswers answers;
    private final Optional<BulkPort> bulk;
    private final Map<TransferKey, Arrival> arrivals = new LinkedHashMap<>();
    private final IncomingLinks links;

    /** Closed while a link still wrote to their blocks. */
    private final List<Arrival> draining = new ArrayList<>();

    private long turnNs;

    public Arrivals(
            BatchScheduler scheduler,
            ModelRunner runner,
            EnginePort port,
            PeerDirectory peers,
            ArrivalListener listener,
            TransferOptions options) {
        this.scheduler = scheduler;
        this.runner = runner;
        this.listener = listener;
        this.admission = new ArrivalAdmission(scheduler, listener, runner.spec().blockSize());
        this.answers = new ArrivalAnswers(port);
        this.bulk = port.bulk();
        this.links = new IncomingLinks(runner.links(), runner.kvType(), peers, options);
    }

    /** A peer's command; false when it is none of a migration. */
    public boolean handle(
            ByteString connection, EngineCommand command, ByteBuffer payload, long nowNs) {
        switch (command.getBodyCase()) {
            case KV_RESERVE -> reserve(connection, command.getKvReserve(), nowNs);
            case KV_FRAME -> {
                KvFrame frame = command.getKvFrame();
                TransferKey key = new TransferKey(connection, frame.getTransferId());
                frame(key, frame.getBlock(), frame.getOffset(), payload, nowNs);
            }
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
            Optional<Reservation> reservation = admission.reserve(reserve, answer, nowNs);
            if (reservation.isEmpty()) {
                answers.reserved(connection, answer);
                return;
            }
            arrival = expect(key, reserve, reservation.get(), nowNs);
        }
        arrival.reservation().firstTokenAt(nowNs + reserve.getFirstTokenInNs());
        arrival.touched(nowNs);
        BulkReceiver receiver = arrival.bulk();
        if (bulk.isPresent() && receiver != null) {
            answer.setKvAddress(ByteString.copyFrom(bulk.get().address()))
                    .setKvPort(bulk.get().port())
                    .setKvToken(ByteString.copyFrom(receiver.token()));
        }
        answers.reserved(
                connection,
                answer.setAccepted(true)
                        .setCachedBlocks(arrival.reservation().cachedBlocks())
                        .setLinkId(links.accept(reserve, nowNs))
                        .setFailedLinkId(links.failed(reserve)));
    }

    private Arrival expect(
            TransferKey key, KvReserve reserve, Reservation reservation, long nowNs) {
        FrameSink sink = (block, offset, bytes) -> frame(key, block, offset, bytes, turnNs);
        Arrival arrival =
                new Arrival(
                        reserve.getTransferId(),
                        reservation,
                        KvConversion.of(reserve.getKvType(), runner.kvType()),
                        runner.spec().blockBytes(),
                        reserve.getDeadlineNs(),
                        nowNs);
        bulk.ifPresent(port -> arrival.expecting(port.expect(sink, nowNs)));
        arrivals.put(key, arrival);
        return arrival;
    }

    private void frame(TransferKey key, int index, int at, ByteBuffer payload, long nowNs) {
        Arrival arrival = arrivals.get(key);
        if (arrival == null || arrival.state() != Arrival.State.RECEIVING) {
            return;
        }
        Frames frames = arrival.frames();
        int frame = frames.at(at, payload.remaining());
        if (frame < 0 || !arrival.isWanted(index)) {
            String why =
                    "frame at "
                            + at
                            + " of "
                            + payload.remaining()
                            + " bytes of block "
                            + index
                            + " (expected: blocks of "
                            + frames.blockBytes()
                            + " bytes in "
                            + arrival.reservation().cachedBlocks()
                            + " to "
                            + (arrival.reservation().blockTable().length - 1)
                            + ")";
            abort(key, arrival, why);
            return;
        }
        int block = arrival.reservation().blockTable()[index];
        KvConversion conversion = arrival.conversion();
        runner.writeBlock(block, conversion.ownBytes(at), conversion.convert(payload));
        arrival.received(index, frame);
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
            int[] from = chunk.getFromList().stream().mapToInt(Integer::intValue).toArray();
            arrival.receiving(link, link.receive(from, into), first, chunk.getCount());
            arrival.touched(nowNs);
        }
    }

    private void abort(TransferKey key, @Nullable Arrival arrival, String why) {
        if (arrival != null && arrival.state() == Arrival.State.RECEIVING) {
            close(key, arrival, why);
            answers.aborted(key.connection(), arrival, why);
        }
    }

    private void commit(ByteString connection, KvCommit commit, long nowNs) {
        TransferKey key = new TransferKey(connection, commit.getTransferId());
        Arrival arrival = arrivals.get(key);
        if (arrival == null) {
            answers.refused(connection, commit, "no such transfer");
            return;
        }
        if (arrival.state() == Arrival.State.ADOPTED) {
            answers.committed(connection, arrival.answer());
            return;
        }
        if (arrival.mustWait(admission.blocks(commit))) {
            arrival.waiting(commit, admission.blocks(commit), nowNs);
            return;
        }
        String why = admission.adopt(arrival, commit, nowNs);
        if (!why.isEmpty()) {
            close(key, arrival, why);
            answers.refused(connection, commit, why);
            return;
        }
        KvCommitted accepted =
                KvCommitted.newBuilder()
                        .setTransferId(commit.getTransferId())
                        .setAccepted(true)
                        .build();
        arrival.adopted(accepted);
        arrival.touched(nowNs);
        answers.committed(connection, accepted);
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
    public void cancel(Predicate<SequenceKey> isCancelled) {
        for (Map.Entry<TransferKey, Arrival> entry : List.copyOf(arrivals.entrySet())) {
            Arrival arrival = entry.getValue();
            if (arrival.state() == Arrival.State.RECEIVING && isCancelled.test(arrival.key())) {
                abort(entry.getKey(), arrival, "cancelled");
            }
        }
    }

    /**
     * Frees what silent senders have reserved, and forgets what has long been committed.
     *
     * @return whether blocks were freed or a sequence was taken over
     */
    public boolean turn(long nowNs) {
        turnNs = nowNs;
        bulk.ifPresent(port -> port.turn(nowNs));
        links.turn(nowNs);
        boolean isChanged = draining.removeIf(this::isReleased);
        isChanged |= settle(nowNs);
        for (Map.Entry<TransferKey, Arrival> entry : List.copyOf(arrivals.entrySet())) {
            if (entry.getValue().isOverdue(nowNs)) {
                overdue(entry.getKey(), entry.getValue());
                isChanged = true;
            }
        }
        return isChanged;
    }

    private void overdue(TransferKey key, Arrival arrival) {
        KvCommit waiting = arrival.waitingCommit();
        close(key, arrival, "the sender fell silent");
        if (waiting != null) {
            answers.refused(key.connection(), waiting, "its frames have not come in time");
        }
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

    /** Whether blocks come beside the commands now: the loop should come back soon. */
    public boolean isReceiving() {
        return links.isBusy() || bulk.map(BulkPort::isBusy).orElse(false);
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
}
