package dev.tropical.bench;

import dev.tropical.cluster.BrokerProcess;
import dev.tropical.cluster.ClusterJobs;
import dev.tropical.cluster.FlinkCluster;
import dev.tropical.cluster.InferenceSubmission;
import dev.tropical.cluster.KeptJob;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.launch.EngineFleet;
import dev.tropical.launch.EngineMonitor;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.JobConfig;
import dev.tropical.launch.StartedParts;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;

/**
 * What a measurement on a real cluster starts: broker, Flink, engines and the kept job, each a
 * process that is started again when it dies.
 */
public final class BenchCluster implements AutoCloseable {
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(60);

    private final StartedParts started = new StartedParts();
    private final List<EngineSpec> specs;
    private BrokerProcess broker;
    private FlinkCluster flink;
    private EngineFleet engines;
    private EngineMonitor monitor;

    /**
     * Starts everything.
     *
     * @param folder of everything that is written
     * @param taskManagers each with as many slots as the job has subtasks
     * @throws Exception when a part cannot start; all others have been ended then
     */
    @SuppressWarnings("NullAway.Init") // start() sets the rest or throws
    public BenchCluster(Path folder, List<EngineSpec> specs, JobConfig job, int taskManagers)
            throws Exception {
        this.specs = List.copyOf(specs);
        try {
            start(folder, job, taskManagers);
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private void start(Path folder, JobConfig job, int taskManagers) throws Exception {
        engines = started.add(EngineFleet.start(specs, folder.resolve("logs")));
        broker = started.add(BrokerProcess.start(folder, 0));
        flink = started.add(FlinkCluster.start(folder, taskManagers, job.parallelism(), 0));
        engines.registerWhenReady(broker.kafka());
        String checkpoints = folder.resolve("checkpoints").toUri() + "bench";
        ClusterJobs jobs = started.add(new ClusterJobs(flink.address()));
        InferenceSubmission submission = new InferenceSubmission(job, broker.kafka(), checkpoints);
        JobID first = submission.submitTo(jobs);
        started.add(new KeptJob(jobs, first, () -> submission.submitOnceTo(jobs)));
        monitor = started.add(EngineMonitor.open(broker.kafka(), "bench"));
    }

    /** An engine of the CPU backend. */
    public static EngineSpec engine(String id, Role role, Path model, String... arguments) {
        return new EngineSpec(id, role, 0, model, 512L << 20, List.of(arguments));
    }

    /** Engines that were started with the role and are up. */
    public List<String> upWith(Role role) {
        Map<String, EngineStatus> statuses = monitor.statuses();
        return specs.stream()
                .filter(spec -> spec.role() == role)
                .map(EngineSpec::engineId)
                .filter(statuses::containsKey)
                .toList();
    }

    /** The newest status of each engine that is up, by id. */
    public Map<String, EngineStatus> statuses() {
        return monitor.statuses();
    }

    /** The present processes, by name. */
    public Map<String, Long> pids() {
        Map<String, Long> pids = new LinkedHashMap<>();
        flink.taskManagers().forEach(process -> pids.put(process.name(), process.pid()));
        pids.put(flink.jobManager().name(), flink.jobManager().pid());
        pids.put(broker.process().name(), broker.process().pid());
        specs.forEach(spec -> pids.put(spec.engineId(), engines.process(spec.engineId()).pid()));
        return pids;
    }

    /**
     * Waits until every engine is up and holds nothing.
     *
     * @throws IllegalStateException when they do not get there
     */
    public void awaitIdle() throws InterruptedException {
        long deadlineNs = System.nanoTime() + IDLE_TIMEOUT.toNanos();
        while (!isIdle()) {
            if (System.nanoTime() > deadlineNs) {
                throw new IllegalStateException(
                        "after %d s the engines say %s (expected: %d engines that hold nothing)"
                                .formatted(
                                        IDLE_TIMEOUT.toSeconds(),
                                        monitor.statuses(),
                                        engines.size()));
            }
            Thread.sleep(50);
        }
    }

    private boolean isIdle() {
        Collection<EngineStatus> statuses = monitor.statuses().values();
        return statuses.size() == engines.size()
                && statuses.stream()
                        .allMatch(status -> status.getBlocksFree() == status.getBlocksTotal());
    }

    /** Tokens that the engines have generated since each was started. */
    public long generatedTokens() {
        return monitor.statuses().values().stream()
                .mapToLong(EngineStatus::getGeneratedTokensTotal)
                .sum();
    }

    public EngineFleet engines() {
        return engines;
    }

    public FlinkCluster flink() {
        return flink;
    }

    public BrokerProcess broker() {
        return broker;
    }

    public KafkaSettings kafka() {
        return broker.kafka();
    }

    @Override
    public void close() {
        started.close();
    }
}
