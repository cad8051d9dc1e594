package dev.tropical.flink;

import static dev.tropical.flink.InferenceConfigOptions.BOOTSTRAP_SERVERS;
import static dev.tropical.flink.InferenceConfigOptions.CELLS;
import static dev.tropical.flink.InferenceConfigOptions.DEFAULT_TPOT;
import static dev.tropical.flink.InferenceConfigOptions.DEFAULT_TTFT;
import static dev.tropical.flink.InferenceConfigOptions.DELIVERY;
import static dev.tropical.flink.InferenceConfigOptions.ENGINE_SILENCE;
import static dev.tropical.flink.InferenceConfigOptions.ENGINE_STALL;
import static dev.tropical.flink.InferenceConfigOptions.GROUP_ID;
import static dev.tropical.flink.InferenceConfigOptions.KAFKA_CONFIG;
import static dev.tropical.flink.InferenceConfigOptions.KAFKA_PREFIX;
import static dev.tropical.flink.InferenceConfigOptions.KEYS;
import static dev.tropical.flink.InferenceConfigOptions.MAX_MODEL_LEN;
import static dev.tropical.flink.InferenceConfigOptions.MAX_REQUEST_SIZE;
import static dev.tropical.flink.InferenceConfigOptions.MODE;
import static dev.tropical.flink.InferenceConfigOptions.MODEL_DIRS;
import static dev.tropical.flink.InferenceConfigOptions.PREFIX;
import static dev.tropical.flink.InferenceConfigOptions.QUEUE_TIMEOUT;
import static dev.tropical.flink.InferenceConfigOptions.QUEUE_TIMEOUT_FLOOR;
import static dev.tropical.flink.InferenceConfigOptions.REMEMBERED_IDS;
import static dev.tropical.flink.InferenceConfigOptions.SERVED_NAMES;
import static dev.tropical.flink.InferenceConfigOptions.TOPIC_PREFIX;

import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.flink.admit.AdmitOptions;
import dev.tropical.flink.route.RouteMode;
import dev.tropical.flink.route.RouteOptions;
import dev.tropical.flink.text.ServedModel;
import dev.tropical.kafka.Delivery;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.Topics;
import dev.tropical.scheduling.routing.QueueTimeout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** Reads {@link InferenceOptions} from a configuration, strictly. */
final class OptionsReader {
    private static final Set<String> KNOWN =
            Stream.concat(InferenceConfigOptions.ALL.stream(), TropicalConfigOptions.ALL.stream())
                    .map(ConfigOption::key)
                    .collect(Collectors.toUnmodifiableSet());

    private final Configuration configuration;

    OptionsReader(Configuration configuration) {
        this.configuration = configuration;
    }

    InferenceOptions read() {
        refuseUnknownKeys();
        int cells = configuration.get(CELLS);
        AdmitOptions admit =
                new AdmitOptions(
                        models(),
                        cells,
                        Math.toIntExact(configuration.get(MAX_REQUEST_SIZE).getBytes()),
                        configuration.get(MAX_MODEL_LEN),
                        configuration.get(DEFAULT_TTFT),
                        configuration.get(DEFAULT_TPOT),
                        configuration.get(REMEMBERED_IDS));
        RouteOptions route =
                new RouteOptions(
                        RouteMode.parse(configuration.get(MODE)),
                        cells,
                        queueTimeout(),
                        new TropicalOptionsReader(configuration).read());
        return new InferenceOptions(
                kafka(), configuration.get(GROUP_ID), admit, route, engines(), delivery());
    }

    private void refuseUnknownKeys() {
        Set<String> unknown = new TreeSet<>();
        for (String key : configuration.keySet()) {
            if (key.startsWith(PREFIX) && !key.startsWith(KAFKA_PREFIX) && !KNOWN.contains(key)) {
                unknown.add(key);
            }
        }
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown keys: "
                            + unknown
                            + " (expected: "
                            + new TreeSet<>(KNOWN)
                            + " or "
                            + KAFKA_PREFIX
                            + "...)");
        }
    }

    private KafkaSettings kafka() {
        Map<String, String> properties = new HashMap<>();
        configuration
                .getOptional(KAFKA_CONFIG)
                .ifPresent(file -> properties.putAll(KafkaSettings.readProperties(Path.of(file))));
        for (Map.Entry<String, String> entry : configuration.toMap().entrySet()) {
            if (entry.getKey().startsWith(KAFKA_PREFIX)) {
                properties.put(entry.getKey().substring(KAFKA_PREFIX.length()), entry.getValue());
            }
        }
        return new KafkaSettings(
                required(BOOTSTRAP_SERVERS),
                new Topics(configuration.get(TOPIC_PREFIX)),
                properties);
    }

    private List<ServedModel> models() {
        List<String> directories = required(MODEL_DIRS);
        List<String> names =
                configuration
                        .getOptional(SERVED_NAMES)
                        .orElseGet(() -> directories.stream().map(OptionsReader::folder).toList());
        if (names.size() != directories.size()) {
            throw new IllegalArgumentException(
                    SERVED_NAMES.key()
                            + ": "
                            + names
                            + " (expected: one for each of "
                            + directories
                            + ")");
        }
        List<ServedModel> models = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            models.add(new ServedModel(directories.get(i), List.of(names.get(i))));
        }
        return models;
    }

    private QueueTimeout queueTimeout() {
        return switch (configuration.get(QUEUE_TIMEOUT)) {
            case "off" -> QueueTimeout.OFF;
            case "by-slo" -> new QueueTimeout(configuration.get(QUEUE_TIMEOUT_FLOOR).toNanos());
            default -> throw impossible(configuration, QUEUE_TIMEOUT, "off or by-slo");
        };
    }

    private Delivery delivery() {
        return switch (configuration.get(DELIVERY)) {
            case "at-least-once" -> Delivery.AT_LEAST_ONCE;
            case "exactly-once" -> Delivery.EXACTLY_ONCE;
            default -> throw impossible(configuration, DELIVERY, "at-least-once or exactly-once");
        };
    }

    private EngineClientOptions engines() {
        return new EngineClientOptions(
                configuration.get(ENGINE_SILENCE),
                configuration.get(ENGINE_STALL),
                EngineClientOptions.DEFAULT.stallFactor(),
                EngineClientOptions.DEFAULT.maxQueuedCommands(),
                configuration.getOptional(KEYS).orElse(null));
    }

    private <T> T required(ConfigOption<T> option) {
        return configuration
                .getOptional(option)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        option.key() + ": not set (expected: a value)"));
    }

    static IllegalArgumentException impossible(
            Configuration configuration, ConfigOption<String> option, String expected) {
        return new IllegalArgumentException(
                option.key()
                        + ": '"
                        + configuration.get(option)
                        + "' (expected: "
                        + expected
                        + ")");
    }

    private static String folder(String directory) {
        Path name = Path.of(directory).getFileName();
        return name == null ? directory : name.toString();
    }
}
