package dev.tropical.flink;

import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.flink.admit.AdmitOptions;
import dev.tropical.scheduling.routing.QueueTimeout;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/**
 * The configuration keys of {@link InferenceOptions}. Every other {@code tropical.} key refuses.
 */
public final class InferenceConfigOptions {
    /** All keys begin so. */
    public static final String PREFIX = "tropical.";

    /** What follows is handed to every Kafka client, for instance {@code security.protocol}. */
    public static final String KAFKA_PREFIX = PREFIX + "kafka.";

    public static final ConfigOption<String> BOOTSTRAP_SERVERS =
            ConfigOptions.key(PREFIX + "bootstrap-servers")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Kafka, as host:port,...");

    public static final ConfigOption<String> KAFKA_CONFIG =
            ConfigOptions.key(PREFIX + "kafka-config")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "File of properties for every Kafka client, read where the job is"
                                    + " built; single ones with "
                                    + KAFKA_PREFIX
                                    + " win.");

    public static final ConfigOption<String> TOPIC_PREFIX =
            ConfigOptions.key(PREFIX + "topic-prefix")
                    .stringType()
                    .defaultValue("inference")
                    .withDescription("What the topics' names begin with.");

    public static final ConfigOption<List<String>> MODEL_DIRS =
            ConfigOptions.key(PREFIX + "model-dirs")
                    .stringType()
                    .asList()
                    .noDefaultValue()
                    .withDescription(
                            "Model folders in the Hugging Face layout, on every TaskManager;"
                                    + " separated by semicolons.");

    public static final ConfigOption<List<String>> SERVED_NAMES =
            ConfigOptions.key(PREFIX + "served-names")
                    .stringType()
                    .asList()
                    .noDefaultValue()
                    .withDescription("The models' names, one a folder; default the folders' own.");

    public static final ConfigOption<String> MODE =
            ConfigOptions.key(PREFIX + "mode")
                    .stringType()
                    .defaultValue("distserve")
                    .withDescription("How requests are routed: vllm, distserve or tropical.");

    public static final ConfigOption<Integer> CELLS =
            ConfigOptions.key(PREFIX + "cells")
                    .intType()
                    .defaultValue(1)
                    .withDescription("Number of cells, of up to 64 engines each; 1 to 128.");

    public static final ConfigOption<String> QUEUE_TIMEOUT =
            ConfigOptions.key(PREFIX + "queue-timeout")
                    .stringType()
                    .defaultValue("off")
                    .withDescription(
                            "off: a request waits until an engine has room. by-slo: it is rejected"
                                    + " after the larger of the floor and twice its ttft objective."
                                    + " Mode tropical always does the latter.");

    public static final ConfigOption<Duration> QUEUE_TIMEOUT_FLOOR =
            ConfigOptions.key(PREFIX + "queue-timeout-floor")
                    .durationType()
                    .defaultValue(Duration.ofNanos(QueueTimeout.BY_SLO.floorNs()))
                    .withDescription("A request is not rejected before it has waited so long.");

    public static final ConfigOption<String> DELIVERY =
            ConfigOptions.key(PREFIX + "delivery")
                    .stringType()
                    .defaultValue("at-least-once")
                    .withDescription(
                            "at-least-once: a record may repeat after a recovery. exactly-once:"
                                    + " records are seen when a checkpoint completes.");

    public static final ConfigOption<Integer> MAX_MODEL_LEN =
            ConfigOptions.key(PREFIX + "max-model-len")
                    .intType()
                    .defaultValue(0)
                    .withDescription(
                            "Most tokens of prompt and completion together; 0 = the model's own.");

    public static final ConfigOption<MemorySize> MAX_REQUEST_SIZE =
            ConfigOptions.key(PREFIX + "max-request-size")
                    .memoryType()
                    .defaultValue(new MemorySize(AdmitOptions.DEFAULT_MAX_BODY_BYTES))
                    .withDescription("Largest request body.");

    public static final ConfigOption<Integer> REMEMBERED_IDS =
            ConfigOptions.key(PREFIX + "remembered-ids")
                    .intType()
                    .defaultValue(AdmitOptions.DEFAULT_REMEMBERED_IDS)
                    .withDescription(
                            "Most ids that are remembered, for a day, to tell a repeated one from a"
                                    + " new one. 56 bytes each over all TaskManagers, and in each"
                                    + " checkpoint: 29 MB of the default. Not below 1,400 times the"
                                    + " requests a second. For state.backend.type hashmap.");

    public static final ConfigOption<Duration> DEFAULT_TTFT =
            ConfigOptions.key(PREFIX + "default-ttft")
                    .durationType()
                    .defaultValue(Duration.ZERO)
                    .withDescription("Objective of requests without one; 0 = the router's own.");

    public static final ConfigOption<Duration> DEFAULT_TPOT =
            ConfigOptions.key(PREFIX + "default-tpot")
                    .durationType()
                    .defaultValue(AdmitOptions.DEFAULT_TPOT)
                    .withDescription("Objective of requests without one.");

    public static final ConfigOption<Duration> ENGINE_SILENCE =
            ConfigOptions.key(PREFIX + "engine-silence")
                    .durationType()
                    .defaultValue(EngineClientOptions.DEFAULT.silence())
                    .withDescription("An engine without a status for so long is lost.");

    public static final ConfigOption<Duration> ENGINE_STALL =
            ConfigOptions.key(PREFIX + "engine-stall")
                    .durationType()
                    .defaultValue(EngineClientOptions.DEFAULT.minStall())
                    .withDescription(
                            "An engine whose loop makes no progress for so long, and for five"
                                    + " predicted steps, is lost.");

    public static final ConfigOption<String> KEYS =
            ConfigOptions.key(PREFIX + "keys")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Folder of CURVE keys on every TaskManager, as tropical keys makes it."
                                    + " Without one, engines are spoken to in clear text.");

    public static final ConfigOption<String> GROUP_ID =
            ConfigOptions.key(PREFIX + "group-id")
                    .stringType()
                    .defaultValue("tropical")
                    .withDescription(
                            "The job's consumer group and the prefix of its transactions; unique"
                                    + " to the job on its Kafka.");

    /** All of them, for the check of unknown keys. */
    static final List<ConfigOption<?>> ALL =
            List.of(
                    BOOTSTRAP_SERVERS,
                    KAFKA_CONFIG,
                    TOPIC_PREFIX,
                    MODEL_DIRS,
                    SERVED_NAMES,
                    MODE,
                    CELLS,
                    QUEUE_TIMEOUT,
                    QUEUE_TIMEOUT_FLOOR,
                    DELIVERY,
                    MAX_MODEL_LEN,
                    MAX_REQUEST_SIZE,
                    REMEMBERED_IDS,
                    DEFAULT_TTFT,
                    DEFAULT_TPOT,
                    ENGINE_SILENCE,
                    ENGINE_STALL,
                    KEYS,
                    GROUP_ID);

    private InferenceConfigOptions() {}
}
