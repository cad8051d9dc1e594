package dev.tropical.cli;

import dev.tropical.engine.client.EngineClient;
import dev.tropical.engine.client.EngineClientOptions;
import dev.tropical.engine.client.EngineListener;
import dev.tropical.engine.client.EngineRegistry;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the registered engines with their roles, queues and KV use. */
@Command(
        name = "status",
        description = "Show the running system's engines: role, queue, batch, KV use.")
final class StatusCommand implements Callable<Integer> {
    private static final Duration REGISTRY_TIMEOUT = Duration.ofSeconds(10);

    /** Five heartbeats. */
    private static final long STATUS_TIMEOUT_MS = 1000;

    @Mixin KafkaOption kafka;
    @Spec CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        try (EngineRegistry registry = EngineRegistry.open(kafka.settings())) {
            if (!registry.awaitCaughtUp(REGISTRY_TIMEOUT)) {
                throw new IllegalStateException(
                        "no answer from Kafka at "
                                + kafka.bootstrapServers
                                + " within "
                                + REGISTRY_TIMEOUT.toSeconds()
                                + " s (expected: a running system, see tropical up)");
            }
            Map<String, EngineInfo> engines = new TreeMap<>(registry.snapshot().engines());
            print(out, engines, statuses(registry, engines.size()));
            return engines.isEmpty() ? 1 : 0;
        }
    }

    private static Map<String, EngineStatus> statuses(EngineRegistry registry, int expected)
            throws Exception {
        Map<String, EngineStatus> statuses = new ConcurrentHashMap<>();
        EngineListener listener =
                new EngineListener() {
                    @Override
                    public void onUp(EngineInfo engine) {}

                    @Override
                    public void onEvents(EngineEvents events) {}

                    @Override
                    public void onStatus(EngineStatus status) {
                        statuses.put(status.getEngineId(), status);
                    }

                    @Override
                    public void onLost(EngineInfo engine, String reason) {}

                    @Override
                    public void onFailure(RuntimeException failure) {}
                };
        EngineClient client =
                EngineClient.open(registry, "status", EngineClientOptions.DEFAULT, listener);
        try {
            long deadlineNs = System.nanoTime() + STATUS_TIMEOUT_MS * 1_000_000;
            while (statuses.size() < expected && System.nanoTime() < deadlineNs) {
                Thread.sleep(10);
            }
        } finally {
            client.close();
        }
        return statuses;
    }

    private static void print(
            PrintWriter out, Map<String, EngineInfo> engines, Map<String, EngineStatus> statuses) {
        out.printf(
                "%-12s %-8s %-5s %-24s %8s %8s %8s %12s %7s%n",
                "ENGINE",
                "ROLE",
                "CELL",
                "ENDPOINT",
                "WAITING",
                "PREFILL",
                "DECODE",
                "KV BLOCKS",
                "KV USE");
        engines.forEach((id, info) -> out.println(line(info, statuses.get(id))));
        out.flush();
    }

    private static String line(EngineInfo info, @Nullable EngineStatus status) {
        String name = String.format("%-12s", info.getEngineId());
        if (status == null) {
            return name + " no status within " + STATUS_TIMEOUT_MS + " ms";
        }
        int used = status.getBlocksTotal() - status.getBlocksFree();
        return name
                + String.format(
                        " %-8s %-5d %-24s %8d %8d %8d %12s %6.1f%%",
                        status.getRole().name().toLowerCase(Locale.ROOT),
                        status.getCell(),
                        info.getCommandEndpoint(),
                        status.getWaiting(),
                        status.getRunningPrefills(),
                        status.getRunningDecodes(),
                        used + "/" + status.getBlocksTotal(),
                        status.getBlocksTotal() == 0
                                ? 0.0
                                : 100.0 * used / status.getBlocksTotal());
    }
}
