package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.wire.Begun;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.Inventory;
import dev.tropical.protocol.wire.Moved;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.Refused;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.TokenEvent;
import dev.tropical.scheduling.batch.Outcome;
import java.util.List;

/**
 * What the engine says to the lanes. Events of a lane that has no connection are not sent: its next
 * Hello is answered with all of it. Loop thread.
 */
final class LaneEvents {
    private final LaneEpochs lanes;
    private final EventOutbox outbox;

    LaneEvents(LaneEpochs lanes, EventOutbox outbox) {
        this.lanes = lanes;
        this.outbox = outbox;
    }

    /** The sequence waits no longer. */
    void begun(Holding holding) {
        Begun begun =
                Begun.newBuilder()
                        .setKey(holding.key())
                        .setLane(holding.lane())
                        .setEpoch(epochOf(holding))
                        .build();
        toLane(holding.lane(), EngineEvent.newBuilder().setBegun(begun).build());
    }

    /** A new token. */
    void token(Holding holding, Outcome outcome) {
        TokenEvent.Builder event =
                TokenEvent.newBuilder()
                        .setKey(holding.key())
                        .setLane(holding.lane())
                        .setEpoch(epochOf(holding))
                        .setOffset(outcome.tokenOffset())
                        .addTokenIds(outcome.tokenId())
                        .setFinish(outcome.finish())
                        .setStopTokenId(-1);
        if (holding.request().getSampling().getLogprobs() >= 0) {
            event.addLogprobs(outcome.logprobs());
        }
        event.addAllPromptLogprobs(outcome.promptLogprobs());
        if (outcome.isFinished()) {
            event.setStopTokenId(holding.sequence().stopTokenId());
        }
        if (outcome.isFinished() || outcome.tokenOffset() == 0) {
            event.setTimings(holding.sequence().timings());
        }
        TokenEvent next = event.build();
        lanes.connection(holding.lane()).ifPresent(connection -> outbox.add(connection, next));
    }

    /** Tokens from {@code offset} on once more, and the ending when there is one. */
    void tokensFrom(Holding holding, int offset) {
        TokenEvent event = holding.tokensFrom(offset, epochOf(holding));
        if (event.getTokenIdsCount() > 0 || holding.isFinished()) {
            toLane(holding.lane(), EngineEvent.newBuilder().setTokens(event).build());
        }
    }

    /** The sequence decodes on {@code toEngineId} from now on. */
    void moved(SequenceKey key, int lane, long epoch, String toEngineId) {
        Moved.Builder moved =
                Moved.newBuilder()
                        .setKey(key)
                        .setLane(lane)
                        .setEpoch(lanes.epoch(lane, epoch))
                        .setToEngineId(toEngineId);
        toLane(lane, EngineEvent.newBuilder().setMoved(moved).build());
    }

    /** A sequence that the engine gives up. */
    void refused(Holding holding, RefusalCode code, String message) {
        Refused refused = refusal(holding.key(), holding.lane(), epochOf(holding), code, message);
        toLane(holding.lane(), EngineEvent.newBuilder().setRefused(refused).build());
    }

    /** A command that was not applied, to whoever sent it. */
    void refused(ByteString connection, Refused refused) {
        outbox.add(connection, EngineEvent.newBuilder().setRefused(refused).build());
    }

    /** All that is held of the lanes that have just said Hello. */
    void inventory(ByteString connection, List<Integer> taken, long epoch, List<Holding> held) {
        Inventory.Builder inventory = Inventory.newBuilder().addAllLanes(taken).setEpoch(epoch);
        held.forEach(holding -> inventory.addSequences(holding.toInventory(epoch)));
        outbox.add(connection, EngineEvent.newBuilder().setInventory(inventory).build());
    }

    static Refused refusal(
            SequenceKey key, int lane, long epoch, RefusalCode code, String message) {
        return Refused.newBuilder()
                .setKey(key)
                .setLane(lane)
                .setEpoch(epoch)
                .setCode(code)
                .setMessage(message)
                .build();
    }

    private long epochOf(Holding holding) {
        return lanes.epoch(holding.lane(), holding.request().getEpoch());
    }

    private void toLane(int lane, EngineEvent event) {
        lanes.connection(lane).ifPresent(connection -> outbox.add(connection, event));
    }
}
