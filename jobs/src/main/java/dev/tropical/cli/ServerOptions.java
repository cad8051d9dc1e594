package dev.tropical.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code up} serves and how; the names are those that the system's users know. */
final class ServerOptions {
    @Mixin ServedModel served = new ServedModel();

    @Option(
            names = "--port",
            description =
                    "The OpenAI-compatible gateway's port, 0 for any. Default: ${DEFAULT-VALUE}.")
    int port = 8012;

    @Option(
            names = "--host",
            description = "The address that the gateway binds. Default: ${DEFAULT-VALUE}.")
    String host = "127.0.0.1";

    @Mixin SecurityOptions security = new SecurityOptions();

    @Mixin KeysOption keys = new KeysOption();

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "Use this Kafka instead of starting an embedded broker.")
    @Nullable String kafka;

    @Mixin KafkaClientOptions kafkaClient = new KafkaClientOptions();

    @Option(
            names = "--kafka-port",
            description = "The embedded broker's port, 0 for any. Default: ${DEFAULT-VALUE}.")
    int kafkaPort = 9092;

    @Option(
            names = "--ui-port",
            description = "Flink's web UI and REST port, 0 for any. Default: ${DEFAULT-VALUE}.")
    int uiPort = 8081;

    @Mixin RoutingOptions routing = new RoutingOptions();

    @Option(
            names = "--replica-spec",
            arity = "1..*",
            paramLabel = "TP,PP",
            description =
                    "One entry an engine: its tensor and pipeline parallelism. Default: 1,1 1,1"
                            + " 1,1.")
    List<String> replicaSpec = List.of("1,1", "1,1", "1,1");

    @Option(
            names = "--partition-id",
            paramLabel = "K",
            description =
                    "Engines [0, K) start as prefill, the others as decode engines. Default:"
                            + " ${DEFAULT-VALUE}.")
    int partitionId = 1;

    @Option(
            names = "--device",
            description =
                    "cpu, or cuda: engines go round this host's GPUs, and share them where there"
                            + " are more engines. Default: ${DEFAULT-VALUE}.")
    String device = "cpu";

    @Option(
            names = "--kv-link",
            description =
                    "How KV blocks go from one engine's GPU to another's: nccl, or copy, which"
                            + " takes no multiprocessors from their steps. Default:"
                            + " ${DEFAULT-VALUE}.")
    String kvLink = "nccl";

    @Option(
            names = "--step-ms",
            hidden = true,
            description = "Pace of the devices that make tokens up, paced and clock.")
    int stepMs = 50;

    @Option(
            names = "--load-format",
            description = "auto, or dummy for random weights. Default: ${DEFAULT-VALUE}.")
    String loadFormat = "auto";

    @Option(
            names = "--max-model-len",
            description = "Tokens of prompt and completion together. Default: the model's own.")
    @Nullable Integer maxModelLen;

    @Option(
            names = "--block-size",
            description = "Tokens of a KV block, a power of two. Default: ${DEFAULT-VALUE}.")
    int blockSize = 16;

    @Option(
            names = "--num-blocks",
            description = "KV blocks of each engine. Default: from the memory's utilization.")
    @Nullable Integer numBlocks;

    @Option(
            names = "--prefill-max-num-seqs",
            description = "Sequences at once on a prefill engine. Default: ${DEFAULT-VALUE}.")
    int prefillMaxNumSeqs = 64;

    @Option(
            names = "--prefill-max-num-batched-tokens",
            description = "Tokens of a prefill engine's step. Default: ${DEFAULT-VALUE}.")
    int prefillMaxNumBatchedTokens = 8192;

    @Option(
            names = "--prefill-gpu-memory-utilization",
            description =
                    "Share of the memory that a prefill engine may use. Default: ${DEFAULT-VALUE}.")
    double prefillGpuMemoryUtilization = 0.9;

    @Option(
            names = "--decode-max-num-seqs",
            description = "Sequences at once on a decode engine. Default: ${DEFAULT-VALUE}.")
    int decodeMaxNumSeqs = 256;

    @Option(
            names = "--decode-max-num-batched-tokens",
            description = "Tokens of a decode engine's step. Default: ${DEFAULT-VALUE}.")
    int decodeMaxNumBatchedTokens = 2048;

    @Option(
            names = "--decode-gpu-memory-utilization",
            description =
                    "Share of the memory that a decode engine may use. Default: ${DEFAULT-VALUE}.")
    double decodeGpuMemoryUtilization = 0.9;

    @Option(
            names = "--enable-chunked-prefill",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Split prompts over steps. Default: ${DEFAULT-VALUE}.")
    boolean enableChunkedPrefill = true;

    @Option(
            names = "--enable-prefix-caching",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "Reuse the KV cache of equal prompt beginnings. Default: ${DEFAULT-VALUE}.")
    boolean enablePrefixCaching = true;

    @Option(names = "--parallelism", description = "Of the Flink job. Default: ${DEFAULT-VALUE}.")
    int parallelism = 1;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description =
                    "Keeps the topics and checkpoints over restarts. Default: a temporary folder.")
    @Nullable Path dataDir;
}
