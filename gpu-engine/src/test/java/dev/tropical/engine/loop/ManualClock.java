package dev.tropical.engine.loop;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Time that passes when the test says so. */
final class ManualClock implements LongSupplier {
    private long nowNs = 1_000_000_000L;

    @Override
    public long getAsLong() {
        return nowNs;
    }

    void advance(Duration by) {
        nowNs += by.toNanos();
    }
}
