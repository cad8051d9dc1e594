package dev.tropical.launch;

import dev.tropical.protocol.Topics;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@link LocalSystem} starts, validated whole.
 *
 * @param topics names of the topics
 * @param model what is served
 * @param servedModelName the name that requests use
 * @param mode routing mode
 * @param delivery {@code at-least-once} or {@code exactly-once}
 * @param maxModelLen tokens of prompt and completion together; null for the model's own limit
 * @param engines one entry a process
 * @param parallelism the job's
 * @param endpoints where it listens
 * @param dataDir topics and checkpoints
 * @param logDir engines' logs
 */
public record SystemConfig(
        Topics topics,
        Path model,
        String servedModelName,
        String mode,
        String delivery,
        @Nullable Integer maxModelLen,
        List<EngineSpec> engines,
        int parallelism,
        Endpoints endpoints,
        Path dataDir,
        Path logDir) {
    public SystemConfig {
        engines = List.copyOf(engines);
        if (engines.isEmpty()) {
            throw new IllegalArgumentException("engines: none (expected: at least one)");
        }
        if (parallelism < 1 || parallelism > 128) {
            throw new IllegalArgumentException(
                    "parallelism: " + parallelism + " (expected: 1 to 128)");
        }
    }
}
