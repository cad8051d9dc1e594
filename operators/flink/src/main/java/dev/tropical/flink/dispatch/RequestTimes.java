package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.Slo;

/**
 * A request's durations, by the wall clock of the lane's host, arrival by the broker's.
 *
 * @param ttftMs arrival to first token; -1 when there is none
 * @param tpotMs mean time of a token after the first, of the longest choice; 0 with one token
 * @param jctMs arrival to ending
 */
record RequestTimes(long ttftMs, double tpotMs, long jctMs) {
    private static final double NS_PER_MS = 1e6;
    private static final long NEVER = -1;

    static RequestTimes of(InFlightRequest request, long nowMs) {
        long arrivedAtMs = request.request().getArrivedAtMs();
        long firstAtMs = request.firstTokenAtMs();
        int longest = request.choices().stream().mapToInt(ChoiceStream::tokenCount).max().orElse(1);
        return new RequestTimes(
                firstAtMs > 0 ? Math.max(0, firstAtMs - arrivedAtMs) : NEVER,
                Math.max(0, request.lastTokenAtMs() - firstAtMs)
                        / (double) Math.max(1, longest - 1),
                Math.max(0, nowMs - arrivedAtMs));
    }

    boolean hasToken() {
        return ttftMs != NEVER;
    }

    /** Both objectives met; one that is not set always is. */
    boolean attains(Slo slo) {
        boolean isFirstInTime = slo.getTtftNs() <= 0 || ttftMs <= slo.getTtftNs() / NS_PER_MS;
        boolean isPaceKept = slo.getTpotNs() <= 0 || tpotMs <= slo.getTpotNs() / NS_PER_MS;
        return hasToken() && isFirstInTime && isPaceKept;
    }
}
