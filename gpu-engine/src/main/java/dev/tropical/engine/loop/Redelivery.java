package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.Outbound;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Sends again what a full or broken connection has dropped. A lane sees a gap in the offsets by
 * itself, but not that the last event of a sequence never came, nor a refusal: those are kept.
 * Tokens are held anyway, moves are told to whoever asks, and a lane without an inventory says
 * Hello again. Loop thread.
 */
final class Redelivery {
    /** Then the connection is taken for dead: 20 x 500 ms. */
    private static final int MAX_TRIES = 20;

    /** Refusals kept for a connection: as many as sequences may wait, and then some. */
    private static final int MAX_REFUSALS = 1024;

    private static final class Debt {
        private final List<Refused> refusals = new ArrayList<>();
        private long dueNs;
        private int tries;
        private boolean isOwed;
    }

    private final Map<ByteString, Debt> debts = new HashMap<>();
    private final SequenceStore store;
    private final LaneEpochs lanes;
    private final LaneEvents events;
    private final long pauseNs;

    Redelivery(SequenceStore store, LaneEpochs lanes, LaneEvents events, LoopOptions options) {
        this.store = store;
        this.lanes = lanes;
        this.events = events;
        this.pauseNs = options.redeliverAfter().toNanos();
    }

    /** These events were dropped. */
    void dropped(Outbound.Events dropped, long nowNs) {
        Debt debt = debts.computeIfAbsent(dropped.connection(), c -> new Debt());
        dropped.events().getEventsList().stream()
                .filter(EngineEvent::hasRefused)
                .limit(MAX_REFUSALS - debt.refusals.size())
                .forEach(event -> debt.refusals.add(event.getRefused()));
        if (!debt.isOwed) {
            debt.isOwed = true;
            debt.dueNs = nowNs + pauseNs;
        }
    }

    /** Sends what is due once more; a connection that stays quiet for a pause is forgiven. */
    void turn(long nowNs) {
        Iterator<Map.Entry<ByteString, Debt>> all = debts.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<ByteString, Debt> entry = all.next();
            Debt debt = entry.getValue();
            if (nowNs - debt.dueNs < 0) {
                continue;
            }
            if (!debt.isOwed) {
                all.remove();
            } else if (++debt.tries > MAX_TRIES) {
                lanes.forget(entry.getKey());
                all.remove();
            } else {
                debt.isOwed = false;
                debt.dueNs = nowNs + pauseNs;
                resend(entry.getKey(), debt);
            }
        }
    }

    private void resend(ByteString connection, Debt debt) {
        debt.refusals.forEach(refused -> events.refused(connection, refused));
        debt.refusals.clear();
        for (Holding holding : store.all()) {
            boolean isTheirs =
                    lanes.connection(holding.lane()).filter(connection::equals).isPresent();
            if (isTheirs && holding.hasUnacked()) {
                events.tokensFrom(holding, holding.acked());
            }
        }
    }
}
