package dev.tropical.openai.monitor;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast the engines have finished requests in the last seconds. Not thread-safe. */
final class DrainRate {
    private static final long WINDOW_NS = 10_000_000_000L;
    private static final int MOST_SECONDS = 60;

    /** When nothing is known: half the window. */
    private static final int UNKNOWN_SECONDS = 5;

    private record Sample(long finished, long atNs) {}

    private final Deque<Sample> samples = new ArrayDeque<>();

    /**
     * @param finished since the engines' start; falls when one leaves
     */
    void add(long finished, long nowNs) {
        if (!samples.isEmpty() && finished < samples.getLast().finished()) {
            samples.clear();
        }
        samples.addLast(new Sample(finished, nowNs));
        expire(nowNs);
    }

    /** How long so many requests will take, whole seconds in [1, 60]. */
    int secondsFor(int requests, long nowNs) {
        expire(nowNs);
        if (samples.size() < 2) {
            return UNKNOWN_SECONDS;
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        double seconds = (last.atNs() - first.atNs()) / 1e9;
        double perSecond = (last.finished() - first.finished()) / Math.max(seconds, 1e-3);
        return perSecond <= 0
                ? MOST_SECONDS
                : (int) Math.min(MOST_SECONDS, Math.max(1, Math.ceil(requests / perSecond)));
    }

    private void expire(long nowNs) {
        while (!samples.isEmpty() && nowNs - samples.getFirst().atNs() > WINDOW_NS) {
            samples.removeFirst();
        }
    }
}
