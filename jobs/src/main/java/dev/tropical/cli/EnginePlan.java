package dev.tropical.cli;

import dev.tropical.launch.EngineSpec;
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

/** The engines that {@link ServerOptions} ask for: roles, cells, and each one's arguments. */
final class EnginePlan {
    private static final Pattern REPLICA = Pattern.compile("(\\d{1,3}),(\\d{1,3})");
    private static final int MAX_ENGINES = 64;

    /** Some two hundred steps of a small model; the first third warms up. */
    private static final int MEASURE_MS = 2_000;

    /** Weights and KV blocks are in the GPU's memory. */
    private static final long CUDA_HEAP_BYTES = 2L << 30;

    private final ServerOptions options;

    EnginePlan(ServerOptions options) {
        this.options = options;
    }

    /**
     * @throws UsageException when an option's value is impossible
     */
    List<EngineSpec> engines(Path model) throws UsageException {
        List<String> specs = options.replicaSpec;
        if (specs.size() > MAX_ENGINES) {
            throw new UsageException(
                    "--replica-spec: "
                            + specs.size()
                            + " engines (expected: at most "
                            + MAX_ENGINES
                            + ")");
        }
        int prefills = options.routing.mode.equals("vllm") ? 0 : options.partitionId;
        expectEveryCellToServe(prefills, specs.size());
        long heapBytes = options.device.equals("cuda") ? CUDA_HEAP_BYTES : heapBytes(model);
        List<EngineSpec> engines = new ArrayList<>();
        int gpu = 0;
        for (int i = 0; i < specs.size(); i++) {
            int ranks = ranks(specs.get(i));
            Role role = i < prefills ? Role.PREFILL : Role.DECODE;
            int numberInRole = i < prefills ? i : i - prefills;
            int cell = numberInRole % options.routing.cells;
            engines.add(
                    new EngineSpec(
                            "engine-" + i,
                            role,
                            cell,
                            model,
                            heapBytes,
                            arguments(role, gpu, ranks)));
            gpu += ranks;
        }
        return engines;
    }

    private void expectEveryCellToServe(int prefills, int engines) throws UsageException {
        int cells = options.routing.cells;
        Expect.between("--cells", cells, 1, 128);
        if (options.routing.mode.equals("distserve")
                && (prefills < cells || prefills > engines - cells)) {
            throw new UsageException(
                    "--partition-id: "
                            + prefills
                            + " with "
                            + engines
                            + " engines (expected: "
                            + cells
                            + " to "
                            + (engines - cells)
                            + ", so that distserve has prefill and decode engines in each cell)");
        }
        if (Math.max(prefills, engines - prefills) < cells) {
            throw new UsageException(
                    "--cells: "
                            + cells
                            + " with "
                            + engines
                            + " engines (expected: an engine in each cell)");
        }
    }

    private List<String> arguments(Role role, int gpu, int ranks) throws UsageException {
        boolean isPrefill = role == Role.PREFILL;
        String prefix = isPrefill ? "--prefill-" : "--decode-";
        int maxNumSeqs = isPrefill ? options.prefillMaxNumSeqs : options.decodeMaxNumSeqs;
        int maxNumBatchedTokens =
                isPrefill ? options.prefillMaxNumBatchedTokens : options.decodeMaxNumBatchedTokens;
        double utilization =
                isPrefill
                        ? options.prefillGpuMemoryUtilization
                        : options.decodeGpuMemoryUtilization;
        Expect.between(prefix + "max-num-seqs", maxNumSeqs, 1, 4096);
        Expect.between(prefix + "max-num-batched-tokens", maxNumBatchedTokens, 1, 1 << 20);
        if (!(utilization > 0 && utilization <= 1)) {
            throw new UsageException(
                    prefix
                            + "gpu-memory-utilization: "
                            + utilization
                            + " (expected: above 0, at most 1)");
        }
        expectBlockSize(options.blockSize);
        List<String> arguments = new ArrayList<>();
        addDevice(arguments, gpu, ranks);
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
        addCostArguments(arguments);
        addKeys(arguments);
        return arguments;
    }

    private void addDevice(List<String> arguments, int gpu, int ranks) throws UsageException {
        Expect.oneOf("--kv-link", options.kvLink, "nccl", "copy");
        if (options.kvLink.equals("copy") && !options.device.equals("cuda")) {
            throw new UsageException("--kv-link: copy (expected: only with --device cuda)");
        }
        Collections.addAll(arguments, "--device", options.device);
        if (options.device.equals("cuda")) {
            // Engines go round the GPUs; more engines than GPUs share them.
            Collections.addAll(arguments, "--gpu", Integer.toString(gpu));
            Collections.addAll(arguments, "--tensor-parallel-size", Integer.toString(ranks));
            Collections.addAll(arguments, "--kv-link", options.kvLink);
        }
    }

    private void addKeys(List<String> arguments) throws UsageException {
        Path keys = options.keys.folder();
        if (keys != null) {
            Collections.addAll(arguments, "--keys", keys.toString());
        }
    }

    private void addModelArguments(List<String> arguments) throws UsageException {
        if (options.maxModelLen != null) {
            Expect.between("--max-model-len", options.maxModelLen, 1, 1 << 24);
            Collections.addAll(arguments, "--max-model-len", options.maxModelLen.toString());
        }
        if (options.numBlocks != null) {
            Expect.between("--num-blocks", options.numBlocks, 1, 1 << 26);
            Collections.addAll(arguments, "--num-blocks", options.numBlocks.toString());
        }
        arguments.add(
                options.enablePrefixCaching
                        ? "--enable-prefix-caching"
                        : "--no-enable-prefix-caching");
        if (isPaced()) {
            Collections.addAll(arguments, "--step-ms", Integer.toString(options.stepMs));
        }
    }

    /** Only mode tropical routes by predictions: elsewhere the start need not take longer. */
    private void addCostArguments(List<String> arguments) {
        if (options.routing.profile != null) {
            Collections.addAll(
                    arguments,
                    "--cost-profile",
                    options.routing.profile.toAbsolutePath().toString());
        } else if (options.routing.mode.equals("tropical") && !isPaced()) {
            Collections.addAll(arguments, "--measure-ms", Integer.toString(MEASURE_MS));
        }
    }

    private boolean isPaced() {
        return options.device.equals("paced") || options.device.equals("clock");
    }

    /**
     * Weights live on the CPU backend's heap once, beside the KV pool and 384 MiB for everything
     * else.
     */
    static long heapBytes(Path model) throws UsageException {
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

    /** GPUs of an engine. */
    private int ranks(String spec) throws UsageException {
        Matcher matcher = replica(spec);
        int ranks = Integer.parseInt(matcher.group(1));
        boolean isCuda = options.device.equals("cuda");
        if (ranks < 1 || (ranks > 1 && !isCuda) || Integer.parseInt(matcher.group(2)) != 1) {
            throw new UsageException(
                    "--replica-spec: '"
                            + spec
                            + "' (expected: "
                            + (isCuda ? "TP,1" : "1,1")
                            + " on --device "
                            + options.device
                            + ")");
        }
        return ranks;
    }

    /** An entry of --replica-spec: its groups are TP and PP. */
    static Matcher replica(String spec) throws UsageException {
        Matcher matcher = REPLICA.matcher(spec);
        if (!matcher.matches()) {
            throw new UsageException(
                    "--replica-spec: '" + spec + "' (expected: TP,PP such as 1,1)");
        }
        return matcher;
    }

    static void expectBlockSize(int blockSize) throws UsageException {
        if (blockSize < 1 || Integer.bitCount(blockSize) != 1 || blockSize > 1024) {
            throw new UsageException(
                    "--block-size: " + blockSize + " (expected: a power of two, at most 1024)");
        }
    }
}
