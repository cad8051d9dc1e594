package dev.tropical.bench.chaos;

import dev.tropical.bench.BenchCluster;
import dev.tropical.launch.EngineProcess;
import dev.tropical.protocol.wire.Role;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Breaks one process after the other, as its seed says, on the thread that runs it. */
final class FaultInjector {
    private static final Logger LOG = LoggerFactory.getLogger(FaultInjector.class);
    private static final long FROZEN_MS = 2_500;
    private static final long TURN_MS = 50;

    /** A fault of the cluster is given this long before it is asked whether it is still felt. */
    private static final Duration LEAST_OUTAGE = Duration.ofSeconds(8);

    private static final List<FaultKind> CLUSTER_FAULTS =
            List.of(
                    FaultKind.TASK_MANAGER_KILLED,
                    FaultKind.JOB_MANAGER_KILLED,
                    FaultKind.BROKER_KILLED);
    private static final List<FaultKind> ENGINE_FAULTS =
            List.of(FaultKind.DECODE_KILLED, FaultKind.DECODE_FROZEN, FaultKind.PREFILL_KILLED);

    private final BenchCluster system;
    private final ChaosOptions options;
    private final Random random;
    private final BooleanSupplier isFlowing;
    private final List<Fault> faults = new ArrayList<>();
    private int clusterFaults;

    /**
     * @param isFlowing whether tokens come at this moment
     */
    FaultInjector(BenchCluster system, ChaosOptions options, BooleanSupplier isFlowing) {
        this.system = system;
        this.options = options;
        this.random = new Random(options.seed());
        this.isFlowing = isFlowing;
    }

    /** Goes on until {@code isOver}; each frozen engine has been let go then. */
    List<Fault> run(BooleanSupplier isOver) throws IOException, InterruptedException {
        long nextEngineNs = System.nanoTime() + options.engineFaultEvery().toNanos();
        long nextClusterNs = System.nanoTime() + options.clusterFaultEvery().toNanos();
        while (!isOver.getAsBoolean()) {
            long nowNs = System.nanoTime();
            if (nowNs >= nextEngineNs && breakEngine()) {
                nextEngineNs += options.engineFaultEvery().toNanos();
            }
            if (nowNs >= nextClusterNs && isRecovered(nowNs) && breakCluster()) {
                nextClusterNs = nowNs + options.clusterFaultEvery().toNanos();
            }
            Thread.sleep(TURN_MS);
        }
        return faults;
    }

    private boolean isRecovered(long nowNs) {
        long lastNs =
                faults.stream()
                        .filter(fault -> !fault.kind().isOfEngine())
                        .mapToLong(Fault::atNs)
                        .max()
                        .orElse(Long.MIN_VALUE / 2);
        return nowNs - lastNs >= LEAST_OUTAGE.toNanos() && isFlowing.getAsBoolean();
    }

    /** False while no engine of the kind is up: what is dead already would be no fault. */
    private boolean breakEngine() throws IOException, InterruptedException {
        FaultKind kind = ENGINE_FAULTS.get(random.nextInt(ENGINE_FAULTS.size()));
        List<String> targets =
                system.upWith(kind == FaultKind.PREFILL_KILLED ? Role.PREFILL : Role.DECODE);
        if (targets.isEmpty()) {
            return false;
        }
        String target = targets.get(random.nextInt(targets.size()));
        EngineProcess engine = system.engines().process(target);
        note(kind, target);
        if (kind == FaultKind.DECODE_FROZEN) {
            signal("STOP", engine.pid());
            TimeUnit.MILLISECONDS.sleep(FROZEN_MS);
            signal("CONT", engine.pid());
        } else {
            engine.kill();
        }
        return true;
    }

    /**
     * One kind after the other, so that a short run has them all. False while no TaskManager runs
     * the job: the death of one that only waits would not be felt.
     */
    private boolean breakCluster() throws InterruptedException {
        FaultKind kind = CLUSTER_FAULTS.get(clusterFaults % CLUSTER_FAULTS.size());
        switch (kind) {
            case JOB_MANAGER_KILLED -> {
                note(kind, "jobmanager");
                system.flink().jobManager().kill();
            }
            case BROKER_KILLED -> {
                note(kind, "broker");
                system.broker().process().kill();
            }
            default -> {
                var busy = system.flink().busyTaskManagers();
                if (busy.isEmpty()) {
                    return false;
                }
                var taskManager = busy.get(random.nextInt(busy.size()));
                note(kind, taskManager.name());
                taskManager.kill();
            }
        }
        clusterFaults++;
        return true;
    }

    private void note(FaultKind kind, String target) {
        LOG.info("fault: {} ({})", kind.words(), target);
        faults.add(new Fault(kind, target, System.nanoTime()));
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }
}
