package dev.tropical.simulator;

import java.util.PriorityQueue;

/** Virtual time: events in the order of their instants, and of their making where those tie. */
final class EventQueue {
    private record Event(long atNs, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long made;
    private long nowNs;

    long nowNs() {
        return nowNs;
    }

    /** Runs {@code action} at an instant; at once, when that has passed. */
    void at(long atNs, Runnable action) {
        events.add(new Event(Math.max(nowNs, atNs), made++, action));
    }

    void after(long delayNs, Runnable action) {
        at(nowNs + delayNs, action);
    }

    /** Runs the next event; false when there is none. */
    boolean runNext() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        nowNs = event.atNs;
        event.action.run();
        return true;
    }
}
