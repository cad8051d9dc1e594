package dev.tropical.cli;

import dev.tropical.bench.chaos.ChaosOptions;
import dev.tropical.bench.chaos.SoakBench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A light load for a long time. */
@Command(
        name = "soak",
        description =
                "Light load on a real cluster for a long time: memory, threads, open and temporary"
                        + " files.")
final class SoakCommand implements Callable<Integer> {
    private static final int TOKENS = 64;

    @Spec CommandSpec spec;

    @Option(names = "--minutes", description = "Default: ${DEFAULT-VALUE}.")
    int minutes = 60;

    @Option(names = "--rate", description = "Requests a second. Default: ${DEFAULT-VALUE}.")
    int rate = 2;

    @Option(
            names = "--engine-fault-every",
            paramLabel = "SECONDS",
            description = "Default: ${DEFAULT-VALUE}.")
    int engineFaultEvery = 120;

    @Option(
            names = "--sample-every",
            paramLabel = "SECONDS",
            description = "Default: ${DEFAULT-VALUE}.")
    int sampleEvery = 60;

    @Override
    public Integer call() throws Exception {
        Expect.between("--minutes", minutes, 1, 10_000);
        Expect.between("--rate", rate, 1, 1_000);
        Expect.between("--engine-fault-every", engineFaultEvery, 1, 86_400);
        Expect.between("--sample-every", sampleEvery, 1, minutes * 60 / 4);
        ChaosOptions options =
                new ChaosOptions(
                        minutes * 60 * rate,
                        rate,
                        TOKENS,
                        1,
                        2,
                        1,
                        Duration.ofSeconds(engineFaultEvery),
                        Duration.ofDays(365),
                        1);
        Path folder = WorkFolder.path().resolve("soak");
        Duration every = Duration.ofSeconds(sampleEvery);
        SoakBench bench = new SoakBench(options, every, ServerPlan.demoModel(), folder);
        return bench.report(spec.commandLine().getOut()) ? 0 : 1;
    }
}
