package dev.tropical.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.Topics;
import dev.tropical.protocol.wire.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Turns {@link ServerOptions} into a {@link SystemConfig}, and refuses what cannot be. */
final class ServerPlan {
    private static final Pattern REPLICA = Pattern.compile("(\\d{1,3}),(\\d{1,3})");
    private static final int MAX_ENGINES = 64;

    private final ServerOptions options;

    ServerPlan(ServerOptions options) {
        this.options = options;
    }

    /** The model that comes with the project. */
    static Path demoModel() {
        return EngineClassPath.home().resolve("deploy").resolve("models").resolve("tropical-tiny");
    }

    /**
     * @param work where topics, checkpoints and logs go unless {@code --data-dir} says otherwise
     * @throws UsageException when an option's value is impossible
     */
    SystemConfig plan(Path work) throws UsageException {
        expectOneOf("--mode", options.mode, "vllm", "distserve", "tropical");
        expectOneOf("--device", options.device, "cpu", "cuda", "paced", "clock");
        expectOneOf("--load-format", options.loadFormat, "auto", "dummy");
        expectOneOf("--delivery", options.delivery, "at-least-once", "exactly-once");
        if (options.port != Endpoints.NONE) {
            expectPort("--port", options.port);
        }
        expectPort("--kafka-port", options.kafkaPort);
        expectPort("--ui-port", options.uiPort);
        if (options.device.equals("cuda")) {
            throw new UsageException(
                    "--device: cuda (expected: cpu; engines on GPUs are started on their hosts, see"
                            + " deploy/gpu-host)");
        }
        Path model = model();
        Path data =
                options.dataDir == null
                        ? work.resolve("data")
                        : options.dataDir.toAbsolutePath().normalize();
        return new SystemConfig(
                Topics.DEFAULT,
                model,
                options.servedModelName == null
                        ? String.valueOf(model.getFileName())
                        : options.servedModelName,
                options.mode,
                options.delivery,
                options.maxModelLen,
                engines(model),
                options.parallelism,
                new Endpoints(
                        options.host,
                        options.port,
                        options.kafkaPort,
                        options.uiPort,
                        options.kafka),
                data,
                WorkFolder.logs());
    }

    private Path model() throws UsageException {
        Path model =
                (options.model == null ? demoModel() : options.model).toAbsolutePath().normalize();
        if (!Files.isRegularFile(model.resolve("config.json"))) {
            throw new UsageException(
                    "--model: "
                            + model
                            + " has no config.json (expected: a Hugging Face model folder)");
        }
        return model;
    }

    private List<EngineSpec> engines(Path model) throws UsageException {
        List<String> specs = options.replicaSpec;
        if (specs.size() > MAX_ENGINES) {
            throw new UsageException(
                    "--replica-spec: "
                            + specs.size()
                            + " engines (expected: at most "
                            + MAX_ENGINES
                            + ")");
        }
        int prefills = options.mode.equals("vllm") ? 0 : options.partitionId;
        if (options.mode.equals("distserve") && (prefills < 1 || prefills >= specs.size())) {
            throw new UsageException(
                    "--partition-id: "
                            + prefills
                            + " with "
                            + specs.size()
                            + " engines (expected: 1 to "
                            + (specs.size() - 1)
                            + ", so that distserve has prefill and decode engines)");
        }
        long heapBytes = heapBytes(model);
        List<EngineSpec> engines = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            expectSingleDevice(specs.get(i));
            Role role = i < prefills ? Role.PREFILL : Role.DECODE;
            engines.add(new EngineSpec("engine-" + i, role, 0, model, heapBytes, arguments(role)));
        }
        return engines;
    }

    private List<String> arguments(Role role) throws UsageException {
        boolean isPrefill = role == Role.PREFILL;
        String prefix = isPrefill ? "--prefill-" : "--decode-";
        int maxNumSeqs = isPrefill ? options.prefillMaxNumSeqs : options.decodeMaxNumSeqs;
        int maxNumBatchedTokens =
                isPrefill ? options.prefillMaxNumBatchedTokens : options.decodeMaxNumBatchedTokens;
        double utilization =
                isPrefill
                        ? options.prefillGpuMemoryUtilization
                        : options.decodeGpuMemoryUtilization;
        expectBetween(prefix + "max-num-seqs", maxNumSeqs, 1, 4096);
        expectBetween(prefix + "max-num-batched-tokens", maxNumBatchedTokens, 1, 1 << 20);
        if (!(utilization > 0 && utilization <= 1)) {
            throw new UsageException(
                    prefix
                            + "gpu-memory-utilization: "
                            + utilization
                            + " (expected: above 0, at most 1)");
        }
        expectBlockSize(options.blockSize);
        List<String> arguments = new ArrayList<>();
        Collections.addAll(arguments, "--device", options.device);
        Collections.addAll(arguments, "--load-format", options.loadFormat);
        Collections.addAll(arguments, "--block-size", Integer.toString(options.blockSize));
        Collections.addAll(arguments, "--max-num-seqs", Integer.toString(maxNumSeqs));
        Collections.addAll(
                arguments, "--max-num-batched-tokens", Integer.toString(maxNumBatchedTokens));
        Collections.addAll(arguments, "--gpu-memory-utilization", Double.toString(utilization));
        arguments.add(
                options.enableChunkedPrefill
                        ? "--enable-chunked-prefill"
                        : "--no-enable-chunked-prefill");
        addModelArguments(arguments);
        return arguments;
    }

    private void addModelArguments(List<String> arguments) throws UsageException {
        if (options.maxModelLen != null) {
            expectBetween("--max-model-len", options.maxModelLen, 1, 1 << 24);
            Collections.addAll(arguments, "--max-model-len", options.maxModelLen.toString());
        }
        if (options.numBlocks != null) {
            expectBetween("--num-blocks", options.numBlocks, 1, 1 << 26);
            Collections.addAll(arguments, "--num-blocks", options.numBlocks.toString());
        }
        arguments.add(
                options.enablePrefixCaching
                        ? "--enable-prefix-caching"
                        : "--no-enable-prefix-caching");
        if (options.device.equals("paced") || options.device.equals("clock")) {
            Collections.addAll(arguments, "--step-ms", Integer.toString(options.stepMs));
        }
    }

    /**
     * The number of logits of a model folder.
     *
     * @throws UsageException when config.json does not say
     */
    static int vocabSize(Path model) throws UsageException {
        try {
            int vocabSize =
                    new ObjectMapper()
                            .readTree(model.resolve("config.json").toFile())
                            .path("vocab_size")
                            .asInt();
            if (vocabSize < 1) {
                throw new UsageException(
                        model
                                + ": vocab_size "
                                + vocabSize
                                + " in config.json (expected: positive)");
            }
            return vocabSize;
        } catch (IOException e) {
            throw new UsageException(model + ": config.json cannot be read: " + e.getMessage());
        }
    }

    /**
     * Weights live on the CPU backend's heap once, beside the KV pool and 384 MiB for everything
     * else.
     */
    private static long heapBytes(Path model) throws UsageException {
        try (Stream<Path> files = Files.list(model)) {
            long weights =
                    files.filter(file -> file.toString().endsWith(".safetensors"))
                            .mapToLong(file -> file.toFile().length())
                            .sum();
            return Math.max(512L << 20, weights + weights / 2 + (384L << 20));
        } catch (IOException e) {
            throw new UsageException("--model: " + model + " cannot be listed: " + e.getMessage());
        }
    }

    private void expectSingleDevice(String spec) throws UsageException {
        Matcher matcher = REPLICA.matcher(spec);
        if (!matcher.matches()) {
            throw new UsageException(
                    "--replica-spec: '" + spec + "' (expected: TP,PP such as 1,1)");
        }
        if (!spec.equals("1,1")) {
            throw new UsageException(
                    "--replica-spec: '"
                            + spec
                            + "' (expected: 1,1 on --device "
                            + options.device
                            + ")");
        }
    }

    private static void expectOneOf(String name, String value, String... expected)
            throws UsageException {
        if (!List.of(expected).contains(value)) {
            throw new UsageException(
                    name + ": " + value + " (expected: " + String.join(" or ", expected) + ")");
        }
    }

    private static void expectBetween(String name, int value, int least, int most)
            throws UsageException {
        if (value < least || value > most) {
            throw new UsageException(
                    name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }

    private static void expectBlockSize(int blockSize) throws UsageException {
        if (blockSize < 1 || Integer.bitCount(blockSize) != 1 || blockSize > 1024) {
            throw new UsageException(
                    "--block-size: " + blockSize + " (expected: a power of two, at most 1024)");
        }
    }

    private static void expectPort(String name, int port) throws UsageException {
        expectBetween(name, port, 0, 65535);
    }
}
