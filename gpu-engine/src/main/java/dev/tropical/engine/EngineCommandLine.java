package dev.tropical.engine;

import dev.tropical.engine.bulk.BulkAddress;
import dev.tropical.engine.io.IoOptions;
import dev.tropical.engine.loop.LoopOptions;
import dev.tropical.engine.model.LinkKind;
import dev.tropical.engine.model.LoadFormat;
import dev.tropical.engine.transfer.TransferOptions;
import dev.tropical.protocol.wire.Role;
import dev.tropical.sockets.KeyFolder;
import dev.tropical.sockets.SocketSecurity;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line, as it reads; {@link #toOptions} checks it. Names are those of vLLM's server.
 */
@Command(
        name = "tropical-engine",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "An inference engine: takes sequences over ZeroMQ and gives their tokens.")
final class EngineCommandLine {
    /** The roles a launcher may give. */
    enum RoleName {
        PREFILL(Role.PREFILL),
        DECODE(Role.DECODE);

        private final Role role;

        RoleName(Role role) {
            this.role = role;
        }
    }

    @Option(
            names = "--engine-id",
            defaultValue = "engine",
            description = "Unique name of the engine. Default: ${DEFAULT-VALUE}.")
    private String engineId;

    @Option(names = "--role", defaultValue = "decode", description = "prefill or decode.")
    private RoleName role;

    @Option(names = "--cell", defaultValue = "0", description = "Cell that it serves.")
    private int cell;

    @Option(names = "--model", required = true, description = "A Hugging Face folder.")
    private Path model;

    @Option(
            names = "--served-model-name",
            description = "What requests call the model; default: the folder's name.")
    private String servedModelName;

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Address to bind.")
    private String host;

    @Option(
            names = "--keys",
            paramLabel = "DIR",
            description =
                    "Speak CURVE with this folder's engine.key, to those in its folder trusted"
                            + " alone; tropical keys makes it.")
    private @Nullable Path keys;

    @Option(
            names = "--no-curve",
            description = "Speak clear text to anyone, also on an address off this host.")
    private boolean isClearText;

    @Option(
            names = "--kv-host",
            paramLabel = "ADDRESS",
            description =
                    "Move KV caches in clear text, over connections of their own between this"
                            + " address and those of the peers that were given one too. Only for a"
                            + " network that nobody else is on.")
    private @Nullable String kvHost;

    @Option(
            names = "--kv-port",
            defaultValue = "0",
            description = "Of --kv-host; 0 = any free port.")
    private int kvPort;

    @Option(names = "--command-port", defaultValue = "0", description = "0 = any free port.")
    private int commandPort;

    @Option(names = "--status-port", defaultValue = "0", description = "0 = any free port.")
    private int statusPort;

    @Option(
            names = "--metrics-port",
            defaultValue = "-1",
            description = "HTTP port of /metrics and /health; 0 = any free port, -1 = none.")
    private int metricsPort;

    @Option(names = "--device", defaultValue = "cpu", description = "cpu, cuda, paced or clock.")
    private Device device;

    @Option(names = "--load-format", defaultValue = "auto", description = "auto or dummy.")
    private LoadFormat loadFormat;

    @Option(
            names = "--dtype",
            defaultValue = "auto",
            description =
                    "Arithmetic: auto, bfloat16 or float32. On a GPU auto is bfloat16, and float32"
                            + " is slow; a CPU computes in float32 only.")
    private ComputeType computeType;

    @Option(
            names = "--max-model-len",
            defaultValue = "0",
            description = "Tokens of prompt and completion; 0 = the model's own.")
    private int maxModelLen;

    @Option(names = "--block-size", defaultValue = "16", description = "Tokens of a KV block.")
    private int blockSize;

    @Option(names = "--num-blocks", defaultValue = "0", description = "KV blocks; 0 = see below.")
    private int numBlocks;

    @Option(
            names = "--kv-cache-bytes",
            defaultValue = "0",
            description = "Size of the KV cache; 0 = from the memory that is left.")
    private long kvCacheBytes;

    @Option(
            names = "--gpu-memory-utilization",
            defaultValue = "0.9",
            description = "Fraction of the device's memory to use.")
    private double memoryUtilization;

    @Option(
            names = "--enable-prefix-caching",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Share the blocks of equal prompt beginnings.")
    private boolean isPrefixCaching;

    @Option(names = "--max-num-seqs", defaultValue = "64", description = "Sequences at once.")
    private int maxNumSeqs;

    @Option(
            names = "--max-num-batched-tokens",
            defaultValue = "2048",
            description = "Input tokens of one step.")
    private int maxNumBatchedTokens;

    @Option(
            names = "--enable-chunked-prefill",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Split prompts to fill steps.")
    private boolean isChunkedPrefill;

    @Option(
            names = "--overlap",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Prepare a step while another runs.")
    private boolean isOverlapped;

    @Option(names = "--threads", defaultValue = "0", description = "0 = one a core.")
    private int threads;

    @Option(
            names = "--gpu",
            defaultValue = "0",
            description =
                    "Which GPU a CUDA engine uses, counted round those that there are: on two"
                            + " GPUs, 3 is the second.")
    private int gpu;

    @Option(
            names = "--tensor-parallel-size",
            defaultValue = "1",
            description = "GPUs that share the model, from --gpu on.")
    private int ranks;

    @Option(
            names = "--kv-link",
            defaultValue = "nccl",
            description =
                    "How KV blocks go to another engine's GPU: nccl, or copy, where all engines"
                            + " are of one host, have a GPU each and trust each other with its"
                            + " memory.")
    private LinkKind linkKind;

    @Option(
            names = "--step-ms",
            defaultValue = "50",
            description = "Duration of a step of the paced and clock devices.")
    private double stepMs;

    @Option(
            names = "--kv-idle-timeout-ms",
            defaultValue = "5000",
            description = "A migration's peer that is silent for so long is given up.")
    private long kvIdleTimeoutMs;

    @Option(
            names = "--kv-parked-timeout-ms",
            defaultValue = "5000",
            description = "A prefilled sequence waits so long for a decode engine.")
    private long kvParkedTimeoutMs;

    @Option(
            names = "--cost-profile",
            paramLabel = "FILE",
            description = "What steps cost, as JSON; default: the engine measures itself.")
    private @Nullable Path costProfile;

    @Option(
            names = "--measure-ms",
            defaultValue = "0",
            description =
                    "Without a profile: how long the engine measures itself before it serves; 0 ="
                            + " it learns from the steps that it serves.")
    private long measureMs;

    @Option(
            names = "--cost-correction",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Correct predicted times by observed ones.")
    private boolean isCostCorrected;

    @Option(names = "--parent-stdin", description = "End when standard input ends.")
    private boolean isParentWatched;

    /** Reads arguments into {@code line}. */
    static CommandLine parser(EngineCommandLine line) {
        return new CommandLine(line).setCaseInsensitiveEnumValuesAllowed(true);
    }

    /**
     * The options, checked.
     *
     * @throws IllegalArgumentException naming the option, its value and what was expected
     */
    EngineOptions toOptions() {
        if (linkKind == LinkKind.COPY && device != Device.CUDA) {
            throw new IllegalArgumentException("kv-link: copy (expected: only with device cuda)");
        }
        String folderName = String.valueOf(model.toAbsolutePath().normalize().getFileName());
        return new EngineOptions(
                new IdentityOptions(engineId, role.role, cell),
                new ModelOptions(
                        model,
                        servedModelName == null ? folderName : servedModelName,
                        device,
                        loadFormat,
                        computeType,
                        maxModelLen,
                        threads,
                        gpu,
                        ranks,
                        linkKind,
                        stepMs),
                new CacheOptions(
                        blockSize, numBlocks, kvCacheBytes, memoryUtilization, isPrefixCaching),
                new BatchOptions(maxNumSeqs, maxNumBatchedTokens, isChunkedPrefill),
                new CostOptions(costProfile, Duration.ofMillis(measureMs), isCostCorrected),
                LoopOptions.defaults(isOverlapped),
                TransferOptions.within(
                        Duration.ofMillis(kvIdleTimeoutMs), Duration.ofMillis(kvParkedTimeoutMs)),
                io(),
                metricsPort,
                isParentWatched);
    }

    private IoOptions io() {
        IoOptions io = IoOptions.on(host, commandPort, statusPort, security());
        if (kvHost == null && kvPort != 0) {
            throw new IllegalArgumentException("kv-port: " + kvPort + " (expected: a --kv-host)");
        }
        return kvHost == null ? io : io.withBulk(new BulkAddress(kvHost, kvPort));
    }

    private SocketSecurity security() {
        if (keys != null && isClearText) {
            throw new IllegalArgumentException("--keys, --no-curve: both (expected: one of them)");
        }
        if (keys == null && !isClearText && !isLoopback()) {
            throw new IllegalArgumentException(
                    "host: "
                            + host
                            + " can be reached from other hosts, and there are no keys (expected:"
                            + " --keys DIR, made by tropical keys; or --no-curve, and clear text to"
                            + " anyone)");
        }
        return SocketSecurity.of(keys, KeyFolder.ENGINE);
    }

    private boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host: '" + host + "' (expected: an address)", e);
        }
    }
}
