package dev.tropical.kafka;

import dev.tropical.protocol.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One broker for all tests of the module, ended with the JVM; each test has topics of its own by
 * their prefix.
 */
final class SharedKafka {
    private static EmbeddedKafka broker;

    private SharedKafka() {}

    /** Fresh topics of 3 partitions. */
    static KafkaSettings freshTopics() {
        KafkaSettings settings = settings();
        TopicAdmin.createTopics(settings, 3, Duration.ofSeconds(60));
        return settings;
    }

    /** A fresh prefix whose topics do not exist. */
    static synchronized KafkaSettings settings() {
        if (broker == null) {
            broker = start();
        }
        Topics topics = new Topics("t" + UUID.randomUUID());
        return new KafkaSettings(broker.bootstrapServers(), topics, Map.of());
    }

    private static EmbeddedKafka start() {
        try {
            Path directory = Files.createTempDirectory("shared-kafka");
            EmbeddedKafka started = EmbeddedKafka.start(directory, 0);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(started, directory)));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(EmbeddedKafka started, Path directory) {
        started.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(f -> f.delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
