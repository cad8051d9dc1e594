package dev.tropical.flink.dispatch;

import java.util.function.LongSupplier;

/** A wall clock that a test moves. */
final class ManualClock implements LongSupplier {
    private long nowMs = 1_000_000;

    @Override
    public long getAsLong() {
        return nowMs;
    }

    void advance(long ms) {
        nowMs += ms;
    }
}
