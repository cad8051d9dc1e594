package dev.tropical.cli;

import dev.tropical.launch.EngineMonitor;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
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

    /** Ten heartbeats. */
    private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(1);

    @Mixin KafkaOption kafka;
    @Mixin KeysOption keys;
    @Spec CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        try (EngineMonitor monitor =
                EngineMonitor.open(kafka.settings(), "status", keys.folder())) {
            Map<String, EngineInfo> engines = monitor.engines(REGISTRY_TIMEOUT);
            monitor.awaitStatuses(engines.size(), STATUS_TIMEOUT);
            print(spec.commandLine().getOut(), engines, monitor.statuses());
            return engines.isEmpty() ? 1 : 0;
        }
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
            return name + " no status within " + STATUS_TIMEOUT.toMillis() + " ms";
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
