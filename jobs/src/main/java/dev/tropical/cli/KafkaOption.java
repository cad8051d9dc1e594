package dev.tropical.cli;

import dev.tropical.kafka.KafkaSettings;
import picocli.CommandLine.Option;

/** Where the running system's topics are. */
final class KafkaOption {
    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The running system's Kafka. Default: ${DEFAULT-VALUE}.")
    String bootstrapServers = "127.0.0.1:9092";

    KafkaSettings settings() {
        return KafkaSettings.of(bootstrapServers);
    }
}
