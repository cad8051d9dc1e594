package dev.tropical.engine.client;

import dev.tropical.sockets.KeyFolder;
import dev.tropical.sockets.SocketSecurity;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When an engine counts as lost.
 *
 * @param silence without a status; default 0.7 s, seven heartbeats of 100 ms
 * @param minStall a loop without progress for this long, and for {@code stallFactor} predicted
 *     steps, is stalled; default 10 s
 * @param stallFactor default 5
 * @param maxQueuedCommands a full queue refuses further commands; default 65,536: every request of
 *     64 engines with 256 waiting each, four commands a request
 * @param keys folder of CURVE keys on whatever host the client opens; null = engines are spoken to
 *     in clear text
 */
public record EngineClientOptions(
        Duration silence,
        Duration minStall,
        int stallFactor,
        int maxQueuedCommands,
        @Nullable String keys)
        implements Serializable {
    public static final EngineClientOptions DEFAULT =
            new EngineClientOptions(
                    Duration.ofMillis(700), Duration.ofSeconds(10), 5, 65_536, null);

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

    /** The defaults, with keys. */
    public static EngineClientOptions withKeys(@Nullable Path keys) {
        return new EngineClientOptions(
                DEFAULT.silence,
                DEFAULT.minStall,
                DEFAULT.stallFactor,
                DEFAULT.maxQueuedCommands,
                keys == null ? null : keys.toString());
    }

    /**
     * @throws IllegalArgumentException when the keys cannot be used
     */
    SocketSecurity security() {
        return SocketSecurity.of(keys == null ? null : Path.of(keys), KeyFolder.JOB);
    }
}
