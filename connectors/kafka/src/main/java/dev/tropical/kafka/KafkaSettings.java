package dev.tropical.kafka;

import dev.tropical.protocol.Topics;
import java.io.IOException;
import java.io.Reader;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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

    /**
     * Client properties of a file, as Kafka's own tools take them.
     *
     * @throws IllegalArgumentException when it cannot be read, or is no file of properties
     */
    public static Map<String, String> readProperties(Path file) {
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            read.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Kafka's client properties: " + file + " cannot be read: " + e, e);
        }
        Map<String, String> properties = new HashMap<>();
        read.stringPropertyNames().forEach(key -> properties.put(key, read.getProperty(key)));
        return properties;
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
