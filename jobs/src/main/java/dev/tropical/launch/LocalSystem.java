package dev.tropical.launch;

import dev.tropical.jobs.InferenceJob;
import dev.tropical.kafka.EmbeddedKafka;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.openai.GatewayLimits;
import dev.tropical.openai.GatewayOptions;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole system on one machine: embedded broker, topics, engine processes, MiniCluster with the
 * job. Closing ends all of it in the reverse order, whatever had been started.
 */
public final class LocalSystem implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSystem.class);
    private static final Duration TOPICS_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration READY_TIMEOUT = Duration.ofSeconds(30);

    private final SystemConfig config;
    private final StartedParts started = new StartedParts();
    private KafkaSettings kafka;
    private EngineFleet engines;
    private LocalFlink flink;
    private @Nullable ModelGateway gateway;
    private JobID running;

    /**
     * Starts everything and waits until it serves.
     *
     * @throws Exception when a part cannot start; all others have been ended then
     */
    @SuppressWarnings("NullAway.Init") // start() sets the rest or throws
    public LocalSystem(SystemConfig config) throws Exception {
        this.config = config;
        try {
            start();
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private void start() throws Exception {
        config.endpoints().requireFreePorts();
        Files.createDirectories(config.dataDir());
        engines = started.add(EngineFleet.start(config.engines(), config.logDir()));
        // Engines load their weights while broker and Flink start.
        CompletableFuture<LocalFlink> cluster = CompletableFuture.supplyAsync(this::startFlink);
        try {
            kafka =
                    new KafkaSettings(
                            bootstrapServers(),
                            config.topics(),
                            config.endpoints().kafkaProperties());
            TopicAdmin.createTopics(kafka, TopicAdmin.DEFAULT_PARTITIONS, TOPICS_TIMEOUT);
            started.add(engines::unregisterAll);
            engines.registerWhenReady(kafka);
        } finally {
            flink = started.add(join(cluster));
        }
        if (config.endpoints().gatewayPort() != Endpoints.NONE) {
            gateway = started.add(ModelGateway.start(gatewayOptions(), config.job()));
        }
        JobGraph job = InferenceJob.graph(config.flinkSettings(), config.job().options(kafka));
        RetainedCheckpoints.restoreNewest(job, RetainedCheckpoints.folder(config.dataDir()));
        flink.run(job);
        running = job.getJobID();
        if (gateway != null && !gateway.awaitReady(READY_TIMEOUT)) {
            LOG.warn("no engine was up {} after the job's start; the gateway waits", READY_TIMEOUT);
        }
    }

    /**
     * Ends the job and lets one with other options go on where it was; broker, Flink and engines
     * stay as they are.
     */
    public void switchJob(JobConfig next) throws Exception {
        String savepoint = flink.stop(running, config.dataDir().resolve("savepoints"));
        JobGraph job = InferenceJob.graph(config.flinkSettings(), next.options(kafka));
        job.setSavepointRestoreSettings(
                SavepointRestoreSettings.forPath(savepoint, false, RecoveryClaimMode.CLAIM));
        flink.run(job);
        running = job.getJobID();
    }

    private String bootstrapServers() {
        String external = config.endpoints().externalKafka();
        if (external != null) {
            return external;
        }
        EmbeddedKafka broker =
                started.add(
                        EmbeddedKafka.start(
                                config.dataDir().resolve("kafka"), config.endpoints().kafkaPort()));
        return broker.bootstrapServers();
    }

    private GatewayOptions gatewayOptions() {
        return new GatewayOptions(
                config.endpoints().host(),
                config.endpoints().gatewayPort(),
                config.job().servedModelName(),
                kafka,
                config.job().isExactlyOnce(),
                GatewayLimits.DEFAULT,
                config.endpoints().gatewaySecurity());
    }

    private LocalFlink startFlink() {
        try {
            // As many slots again for a second job: a user's own, or a measurement's.
            return new LocalFlink(2 * config.job().parallelism(), config.endpoints().uiPort());
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private static LocalFlink join(CompletableFuture<LocalFlink> cluster) throws Exception {
        try {
            return cluster.join(); // also when this thread has been interrupted: it must be closed
        } catch (CompletionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** Where the topics are. */
    public KafkaSettings kafka() {
        return kafka;
    }

    /** The engine processes. */
    public EngineFleet engines() {
        return engines;
    }

    /** The cluster that runs the job. */
    public LocalFlink flink() {
        return flink;
    }

    /** Where the gateway listens; null when there is none. */
    public @Nullable String gatewayUrl() {
        return gateway == null ? null : gateway.url();
    }

    @Override
    public void close() {
        // Of a start that was interrupted: what is waited for below must still have its time.
        boolean isInterrupted = Thread.interrupted();
        started.close();
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
