package dev.tropical.engine.loop;

import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Inbound;
import dev.tropical.engine.io.Outbound;
import dev.tropical.engine.model.ModelRunner;
import dev.tropical.engine.transfer.ArrivalListener;
import dev.tropical.engine.transfer.Arrivals;
import dev.tropical.engine.transfer.DepartureListener;
import dev.tropical.engine.transfer.Departures;
import dev.tropical.engine.transfer.PeerDirectory;
import dev.tropical.engine.transfer.TransferOptions;
import dev.tropical.protocol.wire.DecodePlacement;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Members;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.BatchScheduler;
import dev.tropical.scheduling.batch.Sequence;
import java.util.Arrays;
import java.util.List;

/**
 * Ties the transfers to what the loop holds and says. The engine that takes a sequence over tells
 * the lane so ahead of its first token, over the connection that the token takes; the engine that
 * let it go says the same once the commit is confirmed. So the lane never hears of a move that did
 * not happen, and always hears of it before the tokens, whatever the two connections' speeds.
 */
final class Migrations implements DepartureListener, ArrivalListener {
    private final EngineInfo self;
    private final EnginePort port;
    private final BatchScheduler scheduler;
    private final SequenceStore store;
    private final LaneEpochs lanes;
    private final LaneEvents events;
    private final StepPipeline steps;
    private final PeerDirectory peers;
    private final Departures departures;
    private final Arrivals arrivals;

    /** What the loop holds and says; the same objects that the loop itself uses. */
    record LoopState(
            SequenceStore store, LaneEpochs lanes, LaneEvents events, StepPipeline steps) {}

    Migrations(
            EngineInfo self,
            EnginePort port,
            BatchScheduler scheduler,
            ModelRunner runner,
            LoopState state,
            TransferOptions options) {
        this.self = self;
        this.port = port;
        this.scheduler = scheduler;
        this.store = state.store();
        this.lanes = state.lanes();
        this.events = state.events();
        this.steps = state.steps();
        this.peers = new PeerDirectory(self.getEngineId(), options);
        this.departures = new Departures(self, scheduler, runner, port, peers, this, options);
        this.arrivals = new Arrivals(scheduler, runner, port, peers, this, options);
    }

    // ---- what comes in

    void members(Members members) {
        if (peers.update(members.getVersion(), members.getEnginesList())) {
            port.send(new Outbound.Peers(peers.members()));
        }
    }

    void peerStatus(EngineStatus status, long nowNs) {
        peers.seen(status, nowNs);
        departures.peerStatus(status, nowNs);
    }

    void answer(Inbound.PeerAnswer answer, long nowNs) {
        departures.answer(answer.engineId(), answer.command(), nowNs);
    }

    /** False when it is none of a migration. */
    boolean handle(Inbound.Command command, long nowNs) {
        return arrivals.handle(command.connection(), command.command(), command.payload(), nowNs);
    }

    // ---- what happens here

    void prefillStarts(Sequence sequence, long nowNs) {
        departures.prefillStarts(sequence, nowNs);
    }

    /** Before the scheduler is told, when it is a cancellation. */
    void sequenceEnds(SequenceKey key) {
        departures.sequenceEnds(key);
    }

    /** A lane has cancelled something: frees what is on its way here. */
    void cancelArrivals() {
        arrivals.cancel(store::isCancelled);
    }

    /** Returns how much was done: frames that were sent, and 1 if something came or was freed. */
    int turn(long nowNs) {
        int arrived = arrivals.turn(nowNs) ? 1 : 0;
        return arrived + departures.turn(nowNs);
    }

    boolean isSending() {
        return departures.isSending() || arrivals.isReceiving();
    }

    // ---- of the departures

    @Override
    public Submit handover(Sequence sequence, long nowNs) {
        Submit request = sequence.request();
        return request.toBuilder()
                .setEpoch(lanes.epoch(request.getLane(), request.getEpoch()))
                .clearGeneratedTokenIds()
                .addAllGeneratedTokenIds(Arrays.stream(sequence.generated(0)).boxed().toList())
                .clearGeneratedLogprobs()
                .addAllGeneratedLogprobs(logprobs(sequence.key()))
                .addAllPromptLogprobs(promptLogprobs(sequence.key()))
                .setAgeNs(sequence.ageNs(nowNs))
                .setFirstTokenAgeNs(sequence.firstTokenAgeNs(nowNs))
                .setPlacement(DecodePlacement.DECODE_HERE)
                .build();
    }

    private List<TokenLogprobs> logprobs(SequenceKey key) {
        return store.find(key).map(held -> held.logprobsFrom(0)).orElse(List.of());
    }

    private List<TokenLogprobs> promptLogprobs(SequenceKey key) {
        return store.find(key).map(Holding::promptLogprobs).orElse(List.of());
    }

    @Override
    public long firstTokenInNs(Sequence sequence, long nowNs) {
        return steps.firstTokenInNs(sequence, nowNs);
    }

    @Override
    public int ackedOffset(SequenceKey key) {
        return store.find(key).map(Holding::acked).orElse(0);
    }

    @Override
    public void moved(Sequence sequence, String toEngineId, long nowNs) {
        store.moved(sequence.key(), toEngineId, nowNs);
        sayMoved(sequence, toEngineId);
    }

    @Override
    public void gaveUp(Sequence sequence, RefusalCode code, String why) {
        gaveUp(sequence.key(), code, why);
    }

    private void gaveUp(SequenceKey key, RefusalCode code, String why) {
        store.find(key).ifPresent(held -> events.refused(held, code, why));
        store.forget(key);
    }

    // ---- of the arrivals

    @Override
    public boolean isCancelled(SequenceKey key) {
        return store.isCancelled(key);
    }

    @Override
    public boolean isShortOfBlocks() {
        return store.hasPreempted();
    }

    @Override
    public void adopted(Sequence sequence, int ackedOffset) {
        store.hold(new Holding(sequence, ackedOffset));
        sayMoved(sequence, self.getEngineId());
    }

    @Override
    public void withdrawn(SequenceKey key) {
        // Nothing to cancel when it has finished meanwhile: its tokens stay for the lane.
        if (scheduler.cancel(key).isPresent()) {
            // The other engine refuses it too, but the lane may hold this one for its engine.
            gaveUp(key, RefusalCode.PEER_LOST, "the engine that it came from took it back");
        }
    }

    private void sayMoved(Sequence sequence, String toEngineId) {
        Submit request = sequence.request();
        events.moved(sequence.key(), request.getLane(), request.getEpoch(), toEngineId);
    }
}
