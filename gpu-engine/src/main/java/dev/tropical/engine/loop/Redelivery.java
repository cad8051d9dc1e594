package dev.tropical.engine.loop;

import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Sends again what a full or broken connection has dropped. A lane sees a gap in the offsets by
 * itself, but not that the last event of a sequence never came. Loop thread.
 */
final class Redelivery {
    /** Then the connection is taken for dead: 20 x 500 ms. */
    private static final int MAX_TRIES = 20;

    private static final class Debt {
        private long dueNs;
        private int tries;
        private boolean isOwed;
    }

    private final Map<ByteString, Debt> debts = new HashMap<>();
    private final SequenceStore store;
    private final LaneTable lanes;
    private final LaneEvents events;
    private final long pauseNs;

    Redelivery(SequenceStore store, LaneTable lanes, LaneEvents events, LoopOptions options) {
        this.store = store;
        this.lanes = lanes;
        this.events = events;
        this.pauseNs = options.redeliverAfter().toNanos();
    }

    /** Events for this connection were dropped. */
    void dropped(ByteString connection, long nowNs) {
        Debt debt = debts.computeIfAbsent(connection, c -> new Debt());
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
                resend(entry.getKey());
            }
        }
    }

    private void resend(ByteString connection) {
        for (Holding holding : store.all()) {
            boolean isTheirs =
                    lanes.connection(holding.lane()).filter(connection::equals).isPresent();
            if (isTheirs && holding.hasUnacked()) {
                events.tokensFrom(holding, holding.acked());
            }
        }
    }
}
