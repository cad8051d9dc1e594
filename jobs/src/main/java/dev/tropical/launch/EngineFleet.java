package dev.tropical.launch;

import dev.tropical.engine.client.EngineRegistration;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.wire.EngineInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine processes of one machine: starts them side by side, registers each when it serves,
 * restarts one that dies, and ends them all. Thread-safe.
 */
public final class EngineFleet implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineFleet.class);
    private static final Duration REGISTRY_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(10);

    /** An engine that does not come up so often in a row stays down: something is wrong with it. */
    private static final int MAX_FAILED_STARTS = 10;

    private final EngineClassPath classPath;
    private final Path logs;
    private final Map<String, EngineProcess> processes = new LinkedHashMap<>();
    private @Nullable EngineRegistration registration;
    private boolean isClosed;

    private EngineFleet(EngineClassPath classPath, Path logs) {
        this.classPath = classPath;
        this.logs = logs;
    }

    /**
     * Starts a process for each spec and returns at once.
     *
     * @param logs folder of the engines' logs
     * @throws IOException when a JVM cannot be started; the others have been ended then
     */
    public static EngineFleet start(List<EngineSpec> specs, Path logs) throws IOException {
        EngineFleet fleet = new EngineFleet(EngineClassPath.installed(), logs);
        try {
            for (EngineSpec spec : specs) {
                fleet.processes.put(
                        spec.engineId(), EngineProcess.start(spec, fleet.classPath, logs));
            }
            return fleet;
        } catch (IOException | RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    /**
     * Waits for each engine and writes it into the registry; from then on a dead engine is started
     * anew.
     *
     * @throws EngineStartException when one cannot start
     */
    public void registerWhenReady(KafkaSettings kafka)
            throws EngineStartException, InterruptedException {
        EngineRegistration open = EngineRegistration.open(kafka, REGISTRY_TIMEOUT);
        synchronized (this) {
            registration = open;
        }
        for (EngineProcess process : snapshot()) {
            EngineInfo info = watch(process);
            open.register(info);
            unregisterIfClosed(open, info);
        }
    }

    /** Waits until it serves; from then on it is started anew when it dies. */
    private EngineInfo watch(EngineProcess process)
            throws EngineStartException, InterruptedException {
        EngineInfo info = process.awaitReady(READY_TIMEOUT);
        CompletableFuture<Void> unused =
                process.onExit().thenAccept(exited -> restart(process, exited.exitValue()));
        return info;
    }

    private void unregisterIfClosed(EngineRegistration open, EngineInfo info) {
        if (open() == null) {
            boolean unused = unregister(open, info.getEngineId()); // closed meanwhile
        }
    }

    /**
     * An engine that was started again serves whether or not a broker is there to be told. It is
     * tried until the record is written, or the engine dies, whose successor then has its own. The
     * broker is not waited for under the lock: others look for their engines meanwhile.
     */
    private void registerPatiently(
            EngineRegistration open, EngineInfo info, EngineProcess process) {
        while (open() != null && !process.onExit().isDone()) {
            try {
                open.register(info);
                return;
            } catch (IllegalStateException e) {
                LOG.warn("engine {} is not registered yet; trying again", info.getEngineId(), e);
            }
        }
    }

    private synchronized @Nullable EngineRegistration open() {
        return isClosed ? null : registration;
    }

    private void restart(EngineProcess dead, int exitCode) {
        String id = dead.spec().engineId();
        if (open() == null) {
            return;
        }
        LOG.warn("engine {} ended with code {}; starting it again", id, exitCode);
        for (int failed = 0; failed < MAX_FAILED_STARTS; failed++) {
            try {
                startAgain(dead.spec());
                return;
            } catch (EngineStartException | IOException e) {
                LOG.warn("engine {} did not come up; starting it again", id, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        LOG.error("engine {} did not come up {} times; it stays down", id, MAX_FAILED_STARTS);
    }

    private void startAgain(EngineSpec spec)
            throws IOException, EngineStartException, InterruptedException {
        EngineRegistration open;
        EngineProcess next;
        synchronized (this) {
            open = open();
            if (open == null) {
                return;
            }
            next = EngineProcess.start(spec, classPath, logs);
            processes.put(spec.engineId(), next);
        }
        boolean unused = unregister(open, spec.engineId());
        EngineInfo info;
        try {
            info = watch(next);
        } catch (EngineStartException e) {
            next.kill(); // it may still be loading, and must not stay beside its successor
            throw e;
        }
        registerPatiently(open, info, next);
        unregisterIfClosed(open, info);
    }

    /**
     * False when it cannot be written. A record that stays is no harm: the silent engine counts as
     * lost, and the next record replaces it.
     */
    private static boolean unregister(EngineRegistration registration, String engineId) {
        try {
            registration.unregister(engineId);
            return true;
        } catch (IllegalStateException e) {
            LOG.warn("the record of engine {} stays until its successor's", engineId, e);
            return false;
        }
    }

    /**
     * Takes the engines out of the registry, which a kept data folder or a Kafka of one's own
     * outlives: the next start must not wait for engines that are gone. From now on none is started
     * anew. Call it while the broker still runs.
     */
    public void unregisterAll() {
        synchronized (this) {
            isClosed = true;
            EngineRegistration open = registration;
            if (open != null) {
                // A broker that does not answer for one does not for the others.
                boolean unused = processes.keySet().stream().allMatch(id -> unregister(open, id));
            }
        }
    }

    private synchronized List<EngineProcess> snapshot() {
        return List.copyOf(processes.values());
    }

    /** Number of engines. */
    public synchronized int size() {
        return processes.size();
    }

    /**
     * The present process of an engine.
     *
     * @throws IllegalArgumentException when there is no such engine
     */
    public synchronized EngineProcess process(String engineId) {
        EngineProcess process = processes.get(engineId);
        if (process == null) {
            throw new IllegalArgumentException(
                    "engine: '" + engineId + "' (expected: one of " + processes.keySet() + ")");
        }
        return process;
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
        }
        // Ask all first: they end side by side.
        List<EngineProcess> all = snapshot();
        all.forEach(EngineProcess::terminate);
        all.forEach(EngineProcess::close);
        synchronized (this) {
            if (registration != null) {
                registration.close();
            }
        }
    }
}
