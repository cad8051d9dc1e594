package dev.tropical.scheduling.routing;

import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The router's picture of a cell: its engines, in the order of their ids. */
public final class CellView {
    private final int cell;
    private final List<EngineView> engines = new ArrayList<>();
    private long lapsedCredits;

    public CellView(int cell) {
        if (cell < 0) {
            throw new IllegalArgumentException("cell: " + cell + " (expected: >= 0)");
        }
        this.cell = cell;
    }

    /** A view, in the order of the engines' ids: it changes with the next event. */
    public List<EngineView> engines() {
        return Collections.unmodifiableList(engines);
    }

    /** Whether some engine of these is ready. */
    boolean hasReady(Predicate<EngineView> isCandidate, long nowNs) {
        for (EngineView engine : engines) {
            if (isCandidate.test(engine) && engine.isReady(nowNs)) {
                return true;
            }
        }
        return false;
    }

    public Optional<EngineView> engine(String engineId) {
        int index = indexOf(engineId);
        return index < 0 ? Optional.empty() : Optional.of(engines.get(index));
    }

    private int indexOf(String engineId) {
        int low = 0;
        int high = engines.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = engines.get(middle).engineId().compareTo(engineId);
            if (order == 0) {
                return middle;
            }
            low = order < 0 ? middle + 1 : low;
            high = order < 0 ? high : middle - 1;
        }
        return -(low + 1);
    }

    /** An engine joined, or started again: nothing known of another incarnation holds. */
    public void onJoined(EngineInfo engine) {
        int index = indexOf(engine.getEngineId());
        if (index < 0) {
            engines.add(-(index + 1), new EngineView(engine));
        } else if (engines.get(index).info().getIncarnation().equals(engine.getIncarnation())) {
            engines.get(index).onInfo(engine);
        } else {
            engines.set(index, new EngineView(engine));
        }
    }

    /**
     * Runs an action whenever that engine's newest status is about to be read: virtual time makes
     * the statuses then that someone looks at, and no others. The action may call {@link
     * #onStatus}.
     */
    public void beforeReading(String engineId, Runnable action) {
        engine(engineId).ifPresent(engine -> engine.beforeReading(action));
    }

    /** An engine left. */
    public void onRemoved(String engineId) {
        int index = indexOf(engineId);
        if (index >= 0) {
            engines.remove(index);
        }
    }

    /**
     * A lane lost this engine: it gets nothing before its next status. Without this a dead engine,
     * whose load never grows, would draw every retry until its silence is noticed.
     */
    public void onLost(String engineId) {
        engine(engineId).ifPresent(EngineView::onLost);
    }

    /**
     * A status; dropped when the engine is unknown, when it is of another incarnation than the
     * registry's, or not newer than the newest.
     *
     * @return whether it was taken
     */
    public boolean onStatus(EngineStatus status, long nowNs) {
        @Nullable EngineView engine = engine(status.getEngineId()).orElse(null);
        if (engine == null
                || !engine.info().getIncarnation().equals(status.getIncarnation())
                || !engine.isNewer(status)) {
            return false;
        }
        engine.onStatus(status, cell, nowNs);
        return true;
    }

    /**
     * Counts a dispatch against its engine until the engine echoes {@code seq}, 2 s at most.
     *
     * @param seq higher than any before
     */
    public void onDispatch(String engineId, long seq, QueuedRequest request, long nowNs) {
        engine(engineId).ifPresent(engine -> engine.onDispatch(seq, request, nowNs));
    }

    /** Lets credits lapse that were not echoed within 2 s. */
    public void expireCredits(long nowNs) {
        for (EngineView engine : engines) {
            lapsedCredits += engine.expireCredits(nowNs);
        }
    }

    /** When the oldest credit lapses; {@code Long.MAX_VALUE} without one. */
    long nextCreditExpiryNs() {
        long next = Long.MAX_VALUE;
        for (EngineView engine : engines) {
            next = Math.min(next, engine.nextExpiryNs());
        }
        return next;
    }

    /** Credits that lapsed since the start: a metric, 0 while nothing is lost. */
    public long lapsedCredits() {
        return lapsedCredits;
    }
}
