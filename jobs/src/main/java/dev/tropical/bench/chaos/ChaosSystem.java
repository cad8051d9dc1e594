package dev.tropical.bench.chaos;

import dev.tropical.cluster.BrokerProcess;
import dev.tropical.cluster.ClusterJobs;
import dev.tropical.cluster.FlinkCluster;
import dev.tropical.cluster.InferenceSubmission;
import dev.tropical.cluster.KeptJob;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.launch.EngineFleet;
import dev.tropical.launch.EngineSpec;
import dev.tropical.launch.JobConfig;
import dev.tropical.protocol.wire.Role;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Broker, Flink cluster, engines and the kept job, each a process that is started again. */
final class ChaosSystem implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChaosSystem.class);
    private static final int PARALLELISM = 2;

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final List<String> prefills = new ArrayList<>();
    private final List<String> decodes = new ArrayList<>();
    private BrokerProcess broker;
    private FlinkCluster flink;
    private EngineFleet engines;

    @SuppressWarnings("NullAway.Init") // start() sets the rest or throws
    ChaosSystem(ChaosOptions options, Path model, Path folder) throws Exception {
        try {
            start(options, model, folder);
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private void start(ChaosOptions options, Path model, Path folder) throws Exception {
        engines = own(EngineFleet.start(engineSpecs(options, model), folder.resolve("logs")));
        broker = own(BrokerProcess.start(folder, 0));
        flink = own(FlinkCluster.start(folder, options.taskManagers(), PARALLELISM, 0));
        engines.registerWhenReady(broker.kafka());
        JobConfig config =
                new JobConfig(
                        model,
                        String.valueOf(model.getFileName()),
                        "distserve",
                        "at-least-once",
                        null,
                        Map.of(),
                        PARALLELISM);
        String checkpoints = folder.resolve("checkpoints").toUri() + "chaos";
        ClusterJobs jobs = own(new ClusterJobs(flink.address()));
        InferenceSubmission submission =
                new InferenceSubmission(config, broker.kafka(), checkpoints);
        started.push(new KeptJob(jobs, () -> submission.submitTo(jobs)));
    }

    private List<EngineSpec> engineSpecs(ChaosOptions options, Path model) {
        List<EngineSpec> specs = new ArrayList<>();
        for (int i = 0; i < options.prefillEngines(); i++) {
            prefills.add("prefill-" + i);
            specs.add(spec("prefill-" + i, Role.PREFILL, model));
        }
        for (int i = 0; i < options.decodeEngines(); i++) {
            decodes.add("decode-" + i);
            specs.add(spec("decode-" + i, Role.DECODE, model));
        }
        return specs;
    }

    private static EngineSpec spec(String id, Role role, Path model) {
        return new EngineSpec(id, role, 0, model, 512L << 20, List.of());
    }

    KafkaSettings kafka() {
        return broker.kafka();
    }

    List<String> prefills() {
        return prefills;
    }

    List<String> decodes() {
        return decodes;
    }

    EngineFleet engines() {
        return engines;
    }

    FlinkCluster flink() {
        return flink;
    }

    BrokerProcess broker() {
        return broker;
    }

    private <T extends AutoCloseable> T own(T part) {
        started.push(part);
        return part;
    }

    @Override
    public void close() {
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("{} did not close cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
