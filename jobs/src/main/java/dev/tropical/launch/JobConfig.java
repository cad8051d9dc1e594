package dev.tropical.launch;

import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.kafka.KafkaSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * What the inference job is to do, wherever it runs.
 *
 * @param model what is served
 * @param servedModelName the name that requests use
 * @param mode routing mode
 * @param delivery {@code at-least-once} or {@code exactly-once}
 * @param maxModelLen tokens of prompt and completion together; null for the model's own limit
 * @param further keys of the job's configuration
 * @param parallelism of every operator but the engine source
 */
public record JobConfig(
        Path model,
        String servedModelName,
        String mode,
        String delivery,
        @Nullable Integer maxModelLen,
        Map<String, String> further,
        int parallelism) {
    public JobConfig {
        further = Map.copyOf(further);
        if (parallelism < 1 || parallelism > 128) {
            throw new IllegalArgumentException(
                    "parallelism: " + parallelism + " (expected: 1 to 128)");
        }
    }

    /** As the job takes them. */
    public Configuration options(KafkaSettings kafka) {
        Configuration options = Configuration.fromMap(further);
        options.set(InferenceConfigOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        kafka.properties()
                .forEach(
                        (key, value) ->
                                options.setString(
                                        InferenceConfigOptions.KAFKA_PREFIX + key, value));
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

    /** Whether readers are to see what is committed only. */
    public boolean isExactlyOnce() {
        return delivery.equals("exactly-once");
    }
}
