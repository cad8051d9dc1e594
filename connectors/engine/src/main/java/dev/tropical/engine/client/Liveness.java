package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether an engine lives, by its statuses alone. One thread, the clock passed in (nanoseconds of
 * any origin).
 */
final class Liveness {
    private final EngineClientOptions options;
    private long lastNumber = -1;
    private long lastNs;
    private @Nullable String stall;

    Liveness(EngineClientOptions options) {
        this.options = options;
    }

    /**
     * Takes a status in.
     *
     * @return false when it is not newer than the last
     */
    boolean accept(EngineStatus status, long nowNs) {
        if (status.getNumber() <= lastNumber) {
            return false;
        }
        lastNumber = status.getNumber();
        lastNs = nowNs;
        stall = stallOf(status);
        return true;
    }

    // The heartbeat comes from the engine's I/O thread: it goes on when the loop hangs.
    private @Nullable String stallOf(EngineStatus status) {
        long limitNs =
                Math.max(
                        options.minStall().toNanos(),
                        options.stallFactor() * status.getPredictedStepNs());
        return status.getProgressAgeNs() <= limitNs
                ? null
                : "no progress for %d ms (expected: within %d ms)"
                        .formatted(
                                Duration.ofNanos(status.getProgressAgeNs()).toMillis(),
                                Duration.ofNanos(limitNs).toMillis());
    }

    /** Whether a first status has come and shows progress. */
    boolean isAlive() {
        return lastNumber >= 0 && stall == null;
    }

    /** Why the engine, once alive, counts as lost; null while it lives. */
    @Nullable String fault(long nowNs) {
        if (stall != null) {
            return stall;
        }
        long silentNs = nowNs - lastNs;
        return silentNs <= options.silence().toNanos()
                ? null
                : "no status for " + Duration.ofNanos(silentNs).toMillis() + " ms";
    }
}
