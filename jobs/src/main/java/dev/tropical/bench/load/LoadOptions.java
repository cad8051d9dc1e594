package dev.tropical.bench.load;

import java.time.Duration;

/**
 * A run of overload.
 *
 * @param duration of the load
 * @param factor the load over what the engine can serve
 * @param sampleEvery pause between looks at what everything holds
 */
public record LoadOptions(Duration duration, double factor, Duration sampleEvery) {
    public LoadOptions {
        if (duration.toSeconds() < 20 || factor <= 1) {
            throw new IllegalArgumentException(
                    "duration %s, factor %s (expected: at least 20 s, more than 1)"
                            .formatted(duration, factor));
        }
    }

    /**
     * From when on memory must not grow: the second minute, or the second half of a shorter run, in
     * both of which every queue is as full as it gets.
     */
    Duration settled() {
        Duration half = duration.dividedBy(2);
        return half.compareTo(Duration.ofMinutes(1)) < 0 ? half : Duration.ofMinutes(1);
    }
}
