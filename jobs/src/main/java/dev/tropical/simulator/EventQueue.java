package dev.tropical.simulator;

import java.util.PriorityQueue;

/**
 * Virtual time: events in the order of their instants, where those tie in that of the instants at
 * which they were made, then of their ranks, then of their making.
 *
 * <p>An event of a rank of its own has its place whether or not it was ever put here: {@link
 * #isPast} tells whether it would have come by now. So what an engine does by itself need be no
 * event, and ties fall the same when it is.
 */
final class EventQueue {
    /** Rank of events that have no place of their own. */
    static final int SHARED = -1;

    private record Event(long atNs, long madeNs, int rank, long order, Runnable action)
            implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byPlace = compareTo(other.atNs, other.madeNs, other.rank);
            return byPlace != 0 ? byPlace : Long.compare(order, other.order);
        }

        int compareTo(long otherAtNs, long otherMadeNs, int otherRank) {
            int byTime = Long.compare(atNs, otherAtNs);
            int byMaking = byTime != 0 ? byTime : Long.compare(madeNs, otherMadeNs);
            return byMaking != 0 ? byMaking : Integer.compare(rank, otherRank);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private Event running = new Event(0, 0, SHARED, 0, () -> {});
    private long made;
    private long run;

    long nowNs() {
        return running.atNs;
    }

    /** Events that have run. */
    long eventsRun() {
        return run;
    }

    /** Runs {@code action} at an instant; at once, when that has passed. */
    void at(long atNs, Runnable action) {
        at(Math.max(nowNs(), atNs), nowNs(), SHARED, action);
    }

    void after(long delayNs, Runnable action) {
        at(nowNs() + delayNs, action);
    }

    /**
     * Runs {@code action} at a place that is not past.
     *
     * @param madeNs the instant from which on it was to be
     * @param rank {@link #SHARED}, or one that no other event of these instants has
     */
    void at(long atNs, long madeNs, int rank, Runnable action) {
        events.add(new Event(atNs, madeNs, rank, made++, action));
    }

    /** Whether the event at that place, which is not shared, comes before the one that runs. */
    boolean isPast(long atNs, long madeNs, int rank) {
        return running.compareTo(atNs, madeNs, rank) > 0;
    }

    /** Runs the next event; false when there is none. */
    boolean runNext() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        running = event;
        run++;
        event.action.run();
        return true;
    }
}
