package dev.tropical.bench.compare;

import dev.tropical.bench.serve.KafkaTarget;
import dev.tropical.bench.serve.LoadTarget;
import dev.tropical.launch.EngineMonitor;
import dev.tropical.launch.JobConfig;
import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.StartedParts;
import dev.tropical.launch.SystemConfig;
import dev.tropical.protocol.wire.Role;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Broker, Flink and engines on this machine. One thread. */
public final class LocalDeployment implements Deployment {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A long prompt that nobody waits for any more ends with its step. */
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(2);

    private static final long SETTLE_MS = 500;

    private final SystemConfig config;
    private final StartedParts started = new StartedParts();
    private LocalSystem system;
    private EngineMonitor engines;
    private KafkaTarget target;

    /**
     * Starts everything.
     *
     * @param config whose engines' first roles are those of systems that split
     */
    @SuppressWarnings("NullAway.Init") // start() sets the rest or throws
    public LocalDeployment(SystemConfig config) throws Exception {
        this.config = config;
        try {
            start();
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private void start() throws Exception {
        system = started.add(new LocalSystem(config));
        engines = started.add(EngineMonitor.open(system.kafka(), "compare"));
        target = started.add(new KafkaTarget(system.kafka()));
    }

    @Override
    public int engines() {
        return config.engines().size();
    }

    @Override
    public LoadTarget target() {
        return target;
    }

    @Override
    public void switchTo(ServedSystem next) throws Exception {
        awaitIdle();
        for (var engine : config.engines()) {
            Role role = next.isColocated() ? Role.DECODE : engine.role();
            engines.setRole(engine.engineId(), role, PATIENCE);
            engines.setLimits(engine.engineId(), next.limits(), PATIENCE);
        }
        system.switchJob(job(next));
    }

    /** Twice: what the router still held reaches an engine that was idle in between. */
    @Override
    public void awaitIdle() throws InterruptedException {
        expectIdle();
        Thread.sleep(SETTLE_MS);
        expectIdle();
    }

    private void expectIdle() throws InterruptedException {
        if (!engines.awaitIdle(config.engines().size(), IDLE_TIMEOUT)) {
            throw new IllegalStateException(
                    "engines hold sequences after "
                            + IDLE_TIMEOUT
                            + ": "
                            + engines.statuses()
                            + " (expected: idle ones)");
        }
    }

    private JobConfig job(ServedSystem next) {
        JobConfig now = config.job();
        Map<String, String> keys = new LinkedHashMap<>(now.further());
        keys.putAll(next.jobOptions());
        return new JobConfig(
                now.model(),
                now.servedModelName(),
                next.mode(),
                now.delivery(),
                now.maxModelLen(),
                keys,
                now.parallelism());
    }

    @Override
    public void close() {
        started.close();
    }
}
