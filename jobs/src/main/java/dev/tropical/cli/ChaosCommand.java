package dev.tropical.cli;

import dev.tropical.bench.chaos.ChaosBench;
import dev.tropical.bench.chaos.ChaosOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Faults under load; the defaults are forty of engines and eight of everything else. */
@Command(
        name = "chaos",
        description =
                "Break engines, TaskManagers, the JobManager and the broker of a real cluster under"
                        + " load.")
final class ChaosCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Option(names = "--requests", description = "Default: ${DEFAULT-VALUE}.")
    int requests = 2_000;

    @Option(names = "--rate", description = "Requests a second. Default: ${DEFAULT-VALUE}.")
    int rate = 10;

    @Option(names = "--tokens", description = "Of each completion. Default: ${DEFAULT-VALUE}.")
    int tokens = 64;

    @Option(names = "--prefill-engines", description = "Default: ${DEFAULT-VALUE}.")
    int prefillEngines = 2;

    @Option(names = "--decode-engines", description = "Default: ${DEFAULT-VALUE}.")
    int decodeEngines = 2;

    @Option(names = "--task-managers", description = "Default: ${DEFAULT-VALUE}.")
    int taskManagers = 2;

    @Option(
            names = "--engine-fault-every",
            paramLabel = "SECONDS",
            description = "Default: ${DEFAULT-VALUE}.")
    int engineFaultEvery = 5;

    @Option(
            names = "--cluster-fault-every",
            paramLabel = "SECONDS",
            description = "Default: ${DEFAULT-VALUE}.")
    int clusterFaultEvery = 20;

    @Option(names = "--seed", description = "Of the schedule. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    @Override
    public Integer call() throws Exception {
        ChaosOptions options =
                new ChaosOptions(
                        requests,
                        rate,
                        tokens,
                        prefillEngines,
                        decodeEngines,
                        taskManagers,
                        Duration.ofSeconds(engineFaultEvery),
                        Duration.ofSeconds(clusterFaultEvery),
                        seed);
        Path folder = WorkFolder.path().resolve("chaos");
        ChaosBench bench = new ChaosBench(options, ServerPlan.demoModel(), folder);
        return bench.report(spec.commandLine().getOut()) ? 0 : 1;
    }
}
