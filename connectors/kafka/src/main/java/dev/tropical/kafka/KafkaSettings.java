package dev.tropical.kafka;

import dev.tropical.protocol.Topics;
import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/**
 * Which Kafka, and which topics on it.
 *
 * @param bootstrapServers {@code host:port}, comma-separated
 * @param topics the topics' names
 * @param properties further client properties (security, for instance), given to every client
 */
public record KafkaSettings(String bootstrapServers, Topics topics, Map<String, String> properties)
        implements Serializable {

    /** Largest record that any topic takes, bytes; admission's own limit is 8 MiB. */
    public static final int MAX_RECORD_BYTES = 16 * 1024 * 1024;

    public KafkaSettings {
        if (bootstrapServers.isBlank()) {
            throw new IllegalArgumentException("bootstrapServers: '' (expected: host:port,...)");
        }
        Objects.requireNonNull(topics, "topics");
        properties = Map.copyOf(properties);
    }

    /** The default topics, no further properties. */
    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(bootstrapServers, Topics.DEFAULT, Map.of());
    }

    /** The further properties with the bootstrap servers; a fresh object at each call. */
    public Properties clientProperties() {
        Properties all = new Properties();
        properties.forEach(all::setProperty);
        all.setProperty("bootstrap.servers", bootstrapServers);
        return all;
    }
}
