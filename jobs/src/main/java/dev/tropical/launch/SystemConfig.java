package dev.tropical.launch;

import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.jobs.FlinkSettings;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.Topics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
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
 * @param jobOptions further keys of the job's configuration
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
        Map<String, String> jobOptions,
        List<EngineSpec> engines,
        int parallelism,
        Endpoints endpoints,
        Path dataDir,
        Path logDir) {
    public SystemConfig {
        jobOptions = Map.copyOf(jobOptions);
        engines = List.copyOf(engines);
        if (engines.isEmpty()) {
            throw new IllegalArgumentException("engines: none (expected: at least one)");
        }
        if (parallelism < 1 || parallelism > 128) {
            throw new IllegalArgumentException(
                    "parallelism: " + parallelism + " (expected: 1 to 128)");
        }
    }

    /** The job's options. */
    Configuration jobOptions(KafkaSettings kafka) {
        Configuration options = Configuration.fromMap(jobOptions);
        options.set(InferenceConfigOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        options.set(InferenceConfigOptions.TOPIC_PREFIX, kafka.topics().prefix());
        options.set(InferenceConfigOptions.MODEL_DIRS, List.of(model.toString()));
        options.set(InferenceConfigOptions.SERVED_NAMES, List.of(servedModelName));
        options.set(InferenceConfigOptions.MODE, mode);
        options.set(InferenceConfigOptions.DELIVERY, delivery);
        if (maxModelLen != null) {
            options.set(InferenceConfigOptions.MAX_MODEL_LEN, maxModelLen);
        }
        return options;
    }

    /** Flink's settings, with checkpoints below the data folder. */
    Configuration flinkSettings() {
        return FlinkSettings.of(parallelism, LocalFlink.checkpoints(dataDir));
    }
}
