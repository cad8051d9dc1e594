package dev.tropical.engine.transfer;

import dev.tropical.engine.bulk.BulkSender;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.KvCommitted;
import dev.tropical.protocol.wire.KvReserved;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.Sequence;
import dev.tropical.scheduling.batch.SequenceState;
import dev.tropical.scheduling.routing.DecodePlacementChooser;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prefill engine's side of all migrations. A decode engine is asked for blocks when a prefill
 * starts; finished blocks are sent while it still runs; once it is done, the rest and the commit
 * follow. Whatever fails before the commit is tried with the next engine. A commit that is not
 * answered is given up: whether the peer runs the sequence is then unknown, and the lane's next
 * attempt, which both sides tell apart, is the only safe way on. Loop thread.
 */
public final class Departures {
    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

    private final BatchScheduler scheduler;
    private final DecodePlacementChooser chooser;
    private final PeerDirectory peers;
    private final OutgoingLinks links;
    private final OutgoingBulk bulk;
    private final DepartureCourier courier;
    private final DepartureListener listener;
    private final TransferOptions options;
    private final OfferWindows windows;
    private final String selfId;
    private final Map<SequenceKey, Departure> departures = new LinkedHashMap<>();
    private long lastTransferId;
    private int givenUp;

    public Departures(
            EngineInfo self,
            BatchScheduler scheduler,
            ModelRunner runner,
            EnginePort port,
            PeerDirectory peers,
            DepartureListener listener,
            TransferOptions options) {
        this.selfId = self.getEngineId();
        this.scheduler = scheduler;
        this.chooser = new DecodePlacementChooser(options.peerWatermark());
        this.peers = peers;
        this.listener = listener;
        this.options = options;
        this.windows = new OfferWindows(options.offerPause().toNanos());
        this.links = new OutgoingLinks(runner.links(), peers, options);
        this.bulk = new OutgoingBulk(port.bulk(), options);
        this.courier = new DepartureCourier(port, runner, listener, options, self, links);
    }

    /** A prefill starts whose decode is another engine's. A repeated call changes nothing. */
    public void prefillStarts(Sequence sequence, long nowNs) {
        if (!departures.containsKey(sequence.key())) {
            Departure departure = new Departure(sequence);
            departures.put(sequence.key(), departure);
            place(departure, nowNs);
        }
    }

    /**
     * The sequence has ended here, by its last token or a cancellation; to be called before the
     * scheduler is told of a cancellation.
     */
    public void sequenceEnds(SequenceKey key) {
        Departure departure = departures.remove(key);
        if (departure != null) {
            if (departure.isAtPeer()) {
                courier.abort(departure, "the sequence has ended");
            }
            departure.ended();
        }
    }

    /** A peer's blocks may have become free: what it refused is offered again, after a pause. */
    public void peerStatus(EngineStatus status, long nowNs) {
        Set<String> closed = windows.closed(departures.values(), nowNs);
        for (Departure departure : departures.values()) {
            boolean isWaiting = departure.state() == Departure.State.UNPLACED;
            if (isWaiting && departure.isOfferDue(nowNs)) {
                departure.refusedBy().remove(status.getEngineId());
                if (place(departure, closed, nowNs)) {
                    closed = windows.closed(departures.values(), nowNs);
                }
            }
        }
    }

    /** A peer's answer; late ones, of a transfer that was given up, are ignored. */
    public void answer(String engineId, EngineCommand command, long nowNs) {
        switch (command.getBodyCase()) {
            case KV_RESERVED -> reserved(engineId, command.getKvReserved(), nowNs);
            case KV_COMMITTED -> committed(engineId, command.getKvCommitted(), nowNs);
            case KV_ABORT ->
                    find(engineId, command.getKvAbort().getTransferId())
                            .ifPresent(
                                    departure ->
                                            fail(
                                                    departure,
                                                    command.getKvAbort().getReason(),
                                                    nowNs));
            default -> LOG.debug("ignored {} of peer {}", command.getBodyCase(), engineId);
        }
    }

    private void reserved(String engineId, KvReserved answer, long nowNs) {
        Optional<Departure> found = find(engineId, answer.getTransferId());
        if (found.isEmpty()) {
            return;
        }
        Departure departure = found.get();
        if (!answer.getAccepted()) {
            if (departure.state() != Departure.State.COMMITTING) {
                windows.refused(engineId, nowNs);
                // To the end: there may be room for one that needs less.
                departures.remove(departure.key());
                departures.put(departure.key(), departure);
                fail(departure, answer.getReason(), nowNs);
            }
            return;
        }
        if (answer.getCachedBlocks() < 0) {
            fail(
                    departure,
                    "cached blocks: " + answer.getCachedBlocks() + " (expected: >= 0)",
                    nowNs);
            return;
        }
        WatchedLink link = links.answered(engineId, answer, nowNs).orElse(null);
        if (departure.state() == Departure.State.RESERVING) {
            windows.accepted(engineId);
            BulkSender sender =
                    link == null ? bulk.open(engineId, answer, nowNs).orElse(null) : null;
            departure.sending(answer.getCachedBlocks(), link, sender);
            departure.renewAt(nowNs + options.renewInterval().toNanos());
        }
        departure.deadline(nowNs + options.idleTimeout().toNanos());
    }

    private void committed(String engineId, KvCommitted answer, long nowNs) {
        Optional<Departure> found = find(engineId, answer.getTransferId());
        if (found.isEmpty() || found.get().state() != Departure.State.COMMITTING) {
            return;
        }
        Departure departure = found.get();
        if (!answer.getAccepted()) {
            fail(departure, answer.getReason(), nowNs);
            return;
        }
        departure.ended();
        departures.remove(departure.key());
        scheduler.completeMigration(departure.key());
        listener.moved(departure.sequence(), engineId, nowNs);
    }

    /**
     * Sends what may be sent and looks at the deadlines.
     *
     * @return how much has changed: frames sent, and sequences given up
     */
    public int turn(long nowNs) {
        int frames = 0;
        givenUp = 0;
        links.turn(nowNs);
        for (Departure departure : new ArrayList<>(departures.values())) {
            switch (departure.state()) {
                case UNPLACED -> checkParked(departure, nowNs);
                case RESERVING -> {
                    if (departure.isOverdue(nowNs)) {
                        fail(departure, "no answer to the reservation", nowNs);
                    }
                }
                case SENDING -> frames += send(departure, options.maxFramesPerTurn(), nowNs);
                case COMMITTING -> checkCommit(departure, nowNs);
                case ENDED -> throw new IllegalStateException("ended, yet listed");
            }
        }
        return frames + givenUp;
    }

    /** Whether blocks wait to be sent or are on their way: the loop should come back soon. */
    public boolean isSending() {
        if (links.isBusy()) {
            return true;
        }
        for (Departure departure : departures.values()) {
            if (departure.state() == Departure.State.SENDING && courier.hasMoreToSend(departure)) {
                return true;
            }
        }
        return false;
    }

    private void place(Departure departure, long nowNs) {
        place(departure, windows.closed(departures.values(), nowNs), nowNs);
    }

    /**
     * @param closed peers that are not to be offered anything now
     * @return whether one has been asked
     */
    private boolean place(Departure departure, Set<String> closed, long nowNs) {
        int blocks = courier.blocks(departure.sequence());
        Set<String> out = new HashSet<>(closed);
        out.addAll(departure.refusedBy());
        Optional<String> peer = chooser.choose(selfId, peers.ready(nowNs), out, blocks);
        if (peer.isPresent()) {
            departure.reserving(
                    peer.get(), ++lastTransferId, nowNs + options.reserveTimeout().toNanos());
            courier.reserve(departure, nowNs);
        }
        return peer.isPresent();
    }

    private int send(Departure departure, int budget, long nowNs) {
        boolean isPrefilled = departure.sequence().state() == SequenceState.PARKED;
        if (isPrefilled) {
            scheduler.beginMigration(departure.key());
        }
        if (departure.isRenewalDue(nowNs)) {
            departure.renewAt(nowNs + options.renewInterval().toNanos());
            courier.reserve(departure, nowNs);
        }
        if (departure.isOverdue(nowNs) || !peers.isAlive(departure.peer(), nowNs)) {
            fail(departure, "the peer fell silent", nowNs);
            return 0;
        }
        if (departure.hasLostLink()) {
            fail(departure, "the link to the peer's device broke", nowNs);
            return 0;
        }
        String bulkFailure = bulk.turn(departure, nowNs);
        if (!bulkFailure.isEmpty()) {
            fail(departure, bulkFailure, nowNs);
            return 0;
        }
        int frames = courier.send(departure, budget, nowNs);
        if (departure.sequence().state() == SequenceState.MIGRATING
                && !courier.hasMoreToSend(departure)) {
            departure.committing();
            departure.deadline(nowNs + options.idleTimeout().toNanos());
            courier.commit(departure, nowNs);
        }
        return frames;
    }

    /** The present peer is out: back to where the next one can be asked, and ask it. */
    private void fail(Departure departure, String why, long nowNs) {
        if (departure.state() == Departure.State.RESERVING) { // a full engine refuses often
            LOG.debug(
                    "{} has no place for {}: {}",
                    departure.peer(),
                    departure.key().getRequestId(),
                    why);
        } else {
            LOG.info(
                    "transfer {} of {} to {} failed in {}: {}",
                    departure.transferId(),
                    departure.key().getRequestId(),
                    departure.peer(),
                    departure.state(),
                    why);
        }
        courier.abort(departure, why);
        if (departure.sequence().state() == SequenceState.MIGRATING) {
            scheduler.failMigration(departure.key());
        }
        departure.unplaced(nowNs + options.offerPause().toNanos());
        place(departure, nowNs);
    }

    private void checkParked(Departure departure, long nowNs) {
        if (departure.sequence().state() == SequenceState.PARKED
                && departure.parkedForNs(nowNs) >= options.parkedTimeout().toNanos()) {
            leaveParked(departure);
        }
    }

    /** Nobody took it: it decodes here where it may, else its lane asks for another attempt. */
    private void leaveParked(Departure departure) {
        if (departure.sequence().request().getPlacement() == DecodePlacement.DECODE_PEER_OR_HERE) {
            givenUp++;
            departure.ended();
            departures.remove(departure.key());
            scheduler.decodeHere(departure.key());
        } else {
            giveUp(
                    departure,
                    RefusalCode.NO_DECODE_PEER,
                    "no decode engine took the sequence within its deadline");
        }
    }

    private void checkCommit(Departure departure, long nowNs) {
        if (departure.isOverdue(nowNs) || !peers.isAlive(departure.peer(), nowNs)) {
            courier.abort(departure, "no answer to the commit");
            giveUp(
                    departure,
                    RefusalCode.PEER_LOST,
                    departure.peer() + " did not answer the commit");
        }
    }

    private void giveUp(Departure departure, RefusalCode code, String why) {
        givenUp++;
        departure.ended();
        departures.remove(departure.key());
        scheduler.cancel(departure.key());
        listener.gaveUp(departure.sequence(), code, why);
    }

    private Optional<Departure> find(String engineId, long transferId) {
        return departures.values().stream()
                .filter(d -> d.isAtPeer() && d.transferId() == transferId)
                .filter(d -> d.peer().equals(engineId))
                .findFirst();
    }
}
