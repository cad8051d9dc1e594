package dev.tropical.launch;

import dev.tropical.engine.client.EngineClient;
import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.engine.client.EngineListener;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.protocol.wire.BatchLimits;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import dev.tropical.protocol.wire.SetLimits;
import dev.tropical.protocol.wire.SetRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A running system's engines, from outside its job: who is registered, each one's newest status,
 * and their roles to be switched. Thread-safe.
 */
public final class EngineMonitor implements AutoCloseable {
    private final KafkaSettings kafka;
    private final EngineRegistry registry;
    private final EngineClient client;
    private final Map<String, EngineStatus> statuses = new TreeMap<>(); // guarded by itself

    private EngineMonitor(KafkaSettings kafka, String name, @Nullable Path keys) {
        this.kafka = kafka;
        registry = EngineRegistry.open(kafka);
        try {
            client =
                    EngineClient.open(
                            registry, name, EngineClientOptions.withKeys(keys), new Listener());
        } catch (RuntimeException e) {
            registry.close();
            throw e;
        }
    }

    /** Starts to follow engines that speak clear text. */
    public static EngineMonitor open(KafkaSettings kafka, String name) {
        return open(kafka, name, null);
    }

    /**
     * Starts to follow the engines.
     *
     * @param name of this client in logs
     * @param keys folder of CURVE keys; null when engines speak clear text
     * @throws IllegalArgumentException when the keys cannot be used
     */
    public static EngineMonitor open(KafkaSettings kafka, String name, @Nullable Path keys) {
        return new EngineMonitor(kafka, name, keys);
    }

    /**
     * The registered engines, by id.
     *
     * @throws IllegalStateException when Kafka does not answer in time
     */
    public Map<String, EngineInfo> engines(Duration timeout) throws InterruptedException {
        if (!registry.awaitCaughtUp(timeout)) {
            throw new IllegalStateException(
                    "no answer from Kafka at "
                            + kafka.bootstrapServers()
                            + " within "
                            + timeout.toSeconds()
                            + " s (expected: a running system, see tropical up)");
        }
        return new TreeMap<>(registry.snapshot().engines());
    }

    /** The newest status of each engine that is up, by id. */
    public Map<String, EngineStatus> statuses() {
        synchronized (statuses) {
            return new TreeMap<>(statuses);
        }
    }

    /** Waits until so many engines have a status; false when the timeout passed first. */
    public boolean awaitStatuses(int engines, Duration timeout) throws InterruptedException {
        return await(() -> statuses.size() >= engines, timeout);
    }

    /**
     * Switches a running engine's role; what it holds stays with it.
     *
     * @throws IllegalArgumentException when no such engine is registered
     * @throws IllegalStateException when it does not say that it has the role within the timeout
     */
    public void setRole(String engineId, Role role, Duration timeout) throws InterruptedException {
        Map<String, EngineInfo> known = engines(timeout);
        if (!known.containsKey(engineId)) {
            throw new IllegalArgumentException(
                    "engine: '" + engineId + "' (expected: one of " + known.keySet() + ")");
        }
        EngineCommand command =
                EngineCommand.newBuilder().setSetRole(SetRole.newBuilder().setRole(role)).build();
        boolean isSwitched =
                await(() -> isUp(engineId) && client.send(engineId, command), timeout)
                        && await(() -> hasRole(engineId, role), timeout);
        if (!isSwitched) {
            throw new IllegalStateException(
                    "engine "
                            + engineId
                            + " did not become a "
                            + role.name().toLowerCase(Locale.ROOT)
                            + " engine within "
                            + timeout.toSeconds()
                            + " s (expected: a running engine)");
        }
    }

    private boolean isUp(String engineId) {
        return statuses.containsKey(engineId);
    }

    private boolean hasRole(String engineId, Role role) {
        EngineStatus status = statuses.get(engineId);
        return status != null && status.getRole() == role;
    }

    /**
     * Gives a running engine other batch limits; what it holds stays.
     *
     * @throws IllegalStateException when it does not say that it has the budget of its role within
     *     the timeout: it is more than the engine was started with
     */
    public void setLimits(String engineId, SetLimits limits, Duration timeout)
            throws InterruptedException {
        EngineCommand command = EngineCommand.newBuilder().setSetLimits(limits).build();
        boolean isApplied =
                await(() -> isUp(engineId) && client.send(engineId, command), timeout)
                        && await(() -> hasLimits(engineId, limits), timeout);
        if (!isApplied) {
            throw new IllegalStateException(
                    "engine "
                            + engineId
                            + " did not take the limits "
                            + limits
                            + " within "
                            + timeout.toSeconds()
                            + " s (expected: a running engine, started with a budget as large)");
        }
    }

    private boolean hasLimits(String engineId, SetLimits limits) {
        EngineStatus status = statuses.get(engineId);
        if (status == null) {
            return false;
        }
        BatchLimits ofRole =
                status.getRole() == Role.PREFILL ? limits.getPrefill() : limits.getDecode();
        return status.getMaxNumBatchedTokens() == ofRole.getMaxNumBatchedTokens();
    }

    /** Waits until no engine holds a sequence or a block; false when the timeout passed first. */
    public boolean awaitIdle(int engines, Duration timeout) throws InterruptedException {
        return await(
                () ->
                        statuses.size() >= engines
                                && statuses.values().stream().allMatch(EngineMonitor::isIdle),
                timeout);
    }

    /** Whether the engine holds no sequence and no block. */
    public static boolean isIdle(EngineStatus status) {
        return status.getBlocksFree() == status.getBlocksTotal()
                && status.getBlocksReserved() == 0
                && status.getWaiting() == 0
                && status.getRunningPrefills() == 0
                && status.getRunningDecodes() == 0
                && status.getParked() == 0;
    }

    /** Looks at each news; {@code isTrue} is asked under the statuses' lock. */
    private boolean await(BooleanSupplier isTrue, Duration timeout) throws InterruptedException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        synchronized (statuses) {
            while (!isTrue.getAsBoolean()) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    return false;
                }
                statuses.wait(leftMs);
            }
            return true;
        }
    }

    @Override
    public void close() {
        client.close();
        registry.close();
    }

    /** On the client's I/O thread. */
    private final class Listener implements EngineListener {
        @Override
        public void onUp(EngineInfo engine) {}

        /** None come: this client says Hello for no lane. */
        @Override
        public void onEvents(EngineEvents events) {}

        @Override
        public void onStatus(EngineStatus status) {
            synchronized (statuses) {
                statuses.put(status.getEngineId(), status);
                statuses.notifyAll();
            }
        }

        @Override
        public void onLost(EngineInfo engine, String reason) {
            synchronized (statuses) {
                statuses.remove(engine.getEngineId());
            }
        }

        /** A wait for what does not come ends at its deadline. */
        @Override
        public void onFailure(RuntimeException failure) {}
    }
}
