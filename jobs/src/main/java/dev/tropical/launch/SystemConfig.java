package dev.tropical.launch;

import dev.tropical.jobs.FlinkSettings;
import dev.tropical.protocol.Topics;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.Configuration;

/**
 * Everything that {@link LocalSystem} starts, validated whole.
 *
 * @param topics names of the topics
 * @param job what the job is to do
 * @param engines one entry a process
 * @param endpoints where it listens
 * @param dataDir topics and checkpoints
 * @param logDir engines' logs
 */
public record SystemConfig(
        Topics topics,
        JobConfig job,
        List<EngineSpec> engines,
        Endpoints endpoints,
        Path dataDir,
        Path logDir) {
    public SystemConfig {
        engines = List.copyOf(engines);
        if (engines.isEmpty()) {
            throw new IllegalArgumentException("engines: none (expected: at least one)");
        }
    }

    /** Flink's settings, with checkpoints below the data folder. */
    Configuration flinkSettings() {
        return FlinkSettings.of(job.parallelism(), LocalFlink.checkpoints(dataDir));
    }
}
