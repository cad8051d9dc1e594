package dev.tropical.engine.client;

import java.io.Serializable;
import java.time.Duration;

/**
 * When an engine counts as lost.
 *
 * @param silence without a status; default 1 s, five heartbeats of 200 ms
 * @param minStall a loop without progress for this long, and for {@code stallFactor} predicted
 *     steps, is stalled; default 10 s
 * @param stallFactor default 5
 * @param maxQueuedCommands a full queue refuses further commands; default 65,536: every request of
 *     64 engines with 256 waiting each, four commands a request
 */
public record EngineClientOptions(
        Duration silence, Duration minStall, int stallFactor, int maxQueuedCommands)
        implements Serializable {
    public static final EngineClientOptions DEFAULT =
            new EngineClientOptions(Duration.ofSeconds(1), Duration.ofSeconds(10), 5, 65_536);

    public EngineClientOptions {
        if (silence.toMillis() < 1 || minStall.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "silence " + silence + ", minStall " + minStall + " (expected: >= 1 ms)");
        }
        if (stallFactor < 1 || maxQueuedCommands < 1) {
            throw new IllegalArgumentException(
                    "stallFactor "
                            + stallFactor
                            + ", maxQueuedCommands "
                            + maxQueuedCommands
                            + " (expected: >= 1)");
        }
    }
}
