package dev.tropical.openai;

import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/** One broker for all tests of the module, ended with the JVM. */
final class SharedKafka {
    private static KafkaSettings settings;

    private SharedKafka() {}

    /** The broker, with the topics of one partition each. */
    static synchronized KafkaSettings settings() {
        if (settings == null) {
            settings = start();
        }
        return settings;
    }

    private static KafkaSettings start() {
        try {
            Path directory = Files.createTempDirectory("shared-kafka");
            EmbeddedKafka broker = EmbeddedKafka.start(directory, 0);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(broker, directory)));
            KafkaSettings started = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.createTopics(started, 1, Duration.ofSeconds(20));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(EmbeddedKafka broker, Path directory) {
        broker.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(f -> f.delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
