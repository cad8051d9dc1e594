package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.util.List;

/** The router's picture of a cell: its engines, in the order of their ids. */
@SuppressWarnings("DoNotCallSuggester")
public final class CellView {
    public CellView(int cell) {
        throw new UnsupportedOperationException("cell " + cell);
    }

    public List<EngineView> engines() {
        throw new UnsupportedOperationException();
    }

    /** An engine joined, or started again (a new incarnation: nothing known of the old holds). */
    public void onJoined(EngineInfo engine) {
        throw new UnsupportedOperationException();
    }

    /** An engine left. */
    public void onRemoved(String engineId) {
        throw new UnsupportedOperationException();
    }

    /** A status; dropped when it is of another incarnation or older than the newest. */
    public void onStatus(EngineStatus status, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Counts a dispatch against its engine until the engine echoes {@code seq}, 2 s at most. */
    public void onDispatch(String engineId, long seq, QueuedRequest request, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Lets credits lapse that were not echoed within 2 s. */
    public void expireCredits(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Credits that lapsed since the start: a metric. */
    public long lapsedCredits() {
        throw new UnsupportedOperationException();
    }
}
