package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.wire.Ack;
import dev.tropical.protocol.wire.AckedSequence;
import dev.tropical.protocol.wire.Attach;
import dev.tropical.protocol.wire.Cancel;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.Hello;
import dev.tropical.protocol.wire.RefusalCode;
import dev.tropical.protocol.wire.SequenceKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Applies the lanes' commands. A command of another epoch than the lane's is refused, whoever sent
 * it: its sender is dead, or has not said Hello yet. Loop thread.
 */
final class CommandHandler {
    private final LaneEpochs lanes;
    private final SequenceStore store;
    private final LaneEvents events;
    private final Admission admission;
    private final Consumer<List<Holding>> onCancelled;

    /**
     * @param onCancelled told of each cancellation and what was held of it
     */
    CommandHandler(
            LaneEpochs lanes,
            SequenceStore store,
            LaneEvents events,
            Admission admission,
            Consumer<List<Holding>> onCancelled) {
        this.lanes = lanes;
        this.store = store;
        this.events = events;
        this.admission = admission;
        this.onCancelled = onCancelled;
    }

    /** False when it is no lane's command. */
    boolean handle(ByteString connection, EngineCommand command, long nowNs) {
        switch (command.getBodyCase()) {
            case HELLO -> hello(connection, command.getHello());
            case SUBMIT -> admission.submit(connection, command.getSubmit(), nowNs);
            case CANCEL -> cancel(connection, command.getCancel(), nowNs);
            case ACK -> ack(connection, command.getAck());
            case ATTACH -> attach(connection, command.getAttach());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void hello(ByteString connection, Hello hello) {
        List<Integer> taken = new ArrayList<>();
        for (int lane : hello.getLanesList()) {
            if (lanes.takeOver(lane, hello.getEpoch(), connection)) {
                taken.add(lane);
            } else {
                refuse(
                        connection,
                        SequenceKey.getDefaultInstance(),
                        lane,
                        hello.getEpoch(),
                        RefusalCode.STALE_EPOCH);
            }
        }
        if (!taken.isEmpty()) {
            Set<Integer> wanted = new HashSet<>(taken);
            events.inventory(connection, taken, hello.getEpoch(), store.ofLanes(wanted::contains));
        }
    }

    private void cancel(ByteString connection, Cancel cancel, long nowNs) {
        if (!lanes.isCurrent(cancel.getLane(), cancel.getEpoch(), connection)) {
            refuse(
                    connection,
                    cancel.getKey(),
                    cancel.getLane(),
                    cancel.getEpoch(),
                    RefusalCode.STALE_EPOCH);
            return;
        }
        onCancelled.accept(store.cancel(cancel.getKey(), nowNs));
    }

    private void ack(ByteString connection, Ack ack) {
        for (AckedSequence acked : ack.getSequencesList()) {
            if (lanes.isCurrent(acked.getLane(), ack.getEpoch(), connection)) {
                store.ack(acked.getKey(), acked.getOffset());
            } else {
                refuse(
                        connection,
                        acked.getKey(),
                        acked.getLane(),
                        ack.getEpoch(),
                        RefusalCode.STALE_EPOCH);
            }
        }
    }

    private void attach(ByteString connection, Attach attach) {
        SequenceKey key = attach.getKey();
        if (!lanes.isCurrent(attach.getLane(), attach.getEpoch(), connection)) {
            refuse(connection, key, attach.getLane(), attach.getEpoch(), RefusalCode.STALE_EPOCH);
            return;
        }
        Optional<Holding> held = store.find(key);
        Optional<String> movedTo = store.movedTo(key);
        if (held.isPresent()) {
            events.tokensFrom(held.get(), attach.getOffset());
        } else if (movedTo.isPresent()) {
            events.moved(key, attach.getLane(), attach.getEpoch(), movedTo.get());
        } else {
            refuse(
                    connection,
                    key,
                    attach.getLane(),
                    attach.getEpoch(),
                    RefusalCode.UNKNOWN_SEQUENCE);
        }
    }

    private void refuse(
            ByteString connection, SequenceKey key, int lane, long epoch, RefusalCode code) {
        String message =
                code == RefusalCode.STALE_EPOCH ? lanes.staleness(lane, epoch) : "not held here";
        events.refused(connection, LaneEvents.refusal(key, lane, epoch, code, message));
    }
}
