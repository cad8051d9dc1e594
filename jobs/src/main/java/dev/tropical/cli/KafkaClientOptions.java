package dev.tropical.cli;

import dev.tropical.kafka.KafkaSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every Kafka client is told beside its addresses: TLS and SASL, above all. */
final class KafkaClientOptions {
    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            description =
                    "Properties of every Kafka client, such as security.protocol and"
                            + " sasl.jaas.config: what Kafka's own tools take.")
    @Nullable Path file;

    @Option(
            names = "-K",
            paramLabel = "KEY=VALUE",
            description = "One such property; wins over the file's. May be repeated.")
    Map<String, String> properties = new LinkedHashMap<>();

    /**
     * @throws UsageException when the file cannot be read
     */
    Map<String, String> all() throws UsageException {
        Map<String, String> all = new LinkedHashMap<>();
        if (file != null) {
            try {
                all.putAll(KafkaSettings.readProperties(file));
            } catch (IllegalArgumentException e) {
                throw new UsageException("--kafka-config: " + e.getMessage());
            }
        }
        all.putAll(properties);
        return all;
    }
}
