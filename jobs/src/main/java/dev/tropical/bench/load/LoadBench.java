package dev.tropical.bench.load;

import dev.tropical.bench.BenchCluster;
import dev.tropical.bench.ProcessSample;
import dev.tropical.flink.InferenceConfigOptions;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.JobConfig;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/**
 * Several times the load that an engine can serve, on a cluster of processes: what waits where, how
 * memory goes, what is rejected, and how long it takes until nothing is left.
 */
public final class LoadBench {
    private static final String ENGINE = "engine";
    private static final int BURST = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final LoadOptions options;
    private final Path model;
    private final Path folder;

    /**
     * @param model whose tokenizer is used; the engine makes its tokens up at a fixed pace
     * @param folder of everything that the cluster writes
     */
    public LoadBench(LoadOptions options, Path model, Path folder) {
        this.options = options;
        this.model = model;
        this.folder = folder;
    }

    /** Runs the load, and waits until everything has ended or two minutes have passed. */
    public LoadOutcome run(PrintWriter out) throws Exception {
        try (BenchCluster system = new BenchCluster(folder, List.of(engine()), job(), 1);
                Endings endings = Endings.from(system.kafka());
                Lag lag = new Lag(system.kafka(), InferenceConfigOptions.GROUP_ID.defaultValue());
                Sender sender = new Sender(system.kafka())) {
            double capacity = capacity(sender, endings);
            double offered = options.factor() * capacity;
            CompletableFuture<Void> load = CompletableFuture.runAsync(() -> send(sender, offered));
            List<LoadSample> samples = new ArrayList<>();
            long startNs = System.nanoTime();
            for (long nextNs = startNs; !load.isDone(); ) {
                nextNs += options.sampleEvery().toNanos();
                long dueNs = nextNs;
                await(() -> load.isDone() || System.nanoTime() >= dueNs);
                if (!load.isDone()) {
                    samples.add(sample(system, sender, endings, lag, startNs));
                    LoadReport.row(out, samples.get(samples.size() - 1));
                }
            }
            load.join();
            long endNs = System.nanoTime();
            await(() -> endings.all() >= sender.sent());
            double drainS = (System.nanoTime() - endNs) / 1e9;
            return new LoadOutcome(
                    capacity,
                    offered,
                    sender.sent(),
                    endings.served(),
                    endings.errors(),
                    drainS,
                    samples);
        }
    }

    /** 16 sequences, a token each in 20 ms: 26 tokens take half a second. */
    private EngineSpec engine() {
        String[] pace = {"--device", "paced", "--step-ms", "20", "--max-num-seqs", "16"};
        return BenchCluster.engine(ENGINE, Role.DECODE, model, pace);
    }

    /** Rejects what has waited for half a minute: by then the job's queue is full. */
    private JobConfig job() {
        return new JobConfig(
                model,
                String.valueOf(model.getFileName()),
                "vllm",
                "at-least-once",
                null,
                Map.of(
                        InferenceConfigOptions.QUEUE_TIMEOUT.key(),
                        "by-slo",
                        InferenceConfigOptions.QUEUE_TIMEOUT_FLOOR.key(),
                        "30 s"),
                1);
    }

    /** Requests a second that are served while the engine always has some waiting. */
    private static double capacity(Sender sender, Endings endings) throws InterruptedException {
        int before = sender.sent();
        sender.burst(BURST);
        await(() -> endings.all() >= before + BURST / 4);
        long fromNs = System.nanoTime();
        int from = endings.all();
        await(() -> endings.all() >= before + BURST * 3 / 4);
        double perSecond = (endings.all() - from) * 1e9 / (System.nanoTime() - fromNs);
        await(() -> endings.all() >= before + BURST);
        return perSecond;
    }

    private void send(Sender sender, double perSecond) {
        try {
            sender.sendAt(perSecond, options.duration().toSeconds());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    private static LoadSample sample(
            BenchCluster system, Sender sender, Endings endings, Lag lag, long startNs)
            throws Exception {
        long unread = lag.now();
        int sent = sender.sent();
        int ended = endings.all();
        int served = endings.served();
        EngineStatus status = system.statuses().get(ENGINE);
        long atMs = (System.nanoTime() - startNs) / 1_000_000;
        Map<String, ProcessSample> processes = new TreeMap<>();
        for (Map.Entry<String, Long> process : system.pids().entrySet()) {
            processes.put(process.getKey(), ProcessSample.of(process.getValue()));
        }
        return new LoadSample(
                atMs,
                sent,
                served,
                ended - served,
                unread,
                sent - ended - unread,
                status == null ? 0 : status.getWaiting(),
                processes);
    }

    private static void await(BooleanSupplier isTrue) throws InterruptedException {
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (!isTrue.getAsBoolean() && System.nanoTime() < deadlineNs) {
            Thread.sleep(5);
        }
    }
}
