package dev.tropical.engine.transfer;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How many reservations may be under way with each peer. One that has refused for want of room is
 * asked for one sequence at a time, after a pause, and for twice as many with each that it takes:
 * all that wait would otherwise ask it again and again, which costs both sides the time in which it
 * could make room. Loop thread.
 */
final class OfferWindows {
    private static final int WIDEST = 1 << 20;

    private static final class Window {
        private int width = WIDEST;
        private long closedUntilNs;
        private boolean isPausing;
    }

    private final Map<String, Window> windows = new HashMap<>();
    private final long pauseNs;

    /**
     * @param pauseNs after a refusal
     */
    OfferWindows(long pauseNs) {
        this.pauseNs = pauseNs;
    }

    void refused(String peer, long nowNs) {
        Window window = windows.computeIfAbsent(peer, p -> new Window());
        window.width = 1;
        window.closedUntilNs = nowNs + pauseNs;
        window.isPausing = true;
    }

    void accepted(String peer) {
        windows.computeIfPresent(
                peer,
                (p, window) -> {
                    window.width *= 2;
                    return window.width < WIDEST ? window : null;
                });
    }

    /**
     * The peers that must not be offered anything now.
     *
     * @param departures all that there are
     */
    Set<String> closed(Collection<Departure> departures, long nowNs) {
        Set<String> closed = new HashSet<>();
        windows.forEach(
                (peer, window) -> {
                    window.isPausing &= nowNs - window.closedUntilNs < 0;
                    if (window.isPausing || underWay(departures, peer) >= window.width) {
                        closed.add(peer);
                    }
                });
        return closed;
    }

    private static long underWay(Collection<Departure> departures, String peer) {
        return departures.stream()
                .filter(departure -> departure.state() == Departure.State.RESERVING)
                .filter(departure -> departure.peer().equals(peer))
                .count();
    }
}
