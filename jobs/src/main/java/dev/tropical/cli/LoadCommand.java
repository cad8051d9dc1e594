package dev.tropical.cli;

import dev.tropical.bench.load.LoadBench;
import dev.tropical.bench.load.LoadOptions;
import dev.tropical.bench.load.LoadOutcome;
import dev.tropical.bench.load.LoadReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** More load than can be served. */
@Command(
        name = "load",
        description =
                "Several times the load that a real cluster can serve: what waits where, what is"
                        + " rejected, whether memory grows.")
final class LoadCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Option(names = "--seconds", description = "Default: ${DEFAULT-VALUE}.")
    int seconds = 600;

    @Option(names = "--factor", description = "Over the capacity. Default: ${DEFAULT-VALUE}.")
    double factor = 3;

    @Option(
            names = "--sample-every",
            paramLabel = "SECONDS",
            description = "Default: ${DEFAULT-VALUE}.")
    int sampleEvery = 15;

    @Override
    public Integer call() throws Exception {
        Expect.between("--seconds", seconds, 20, 86_400);
        Expect.between("--sample-every", sampleEvery, 1, seconds / 4);
        LoadOptions options =
                new LoadOptions(
                        Duration.ofSeconds(seconds), factor, Duration.ofSeconds(sampleEvery));
        PrintWriter out = spec.commandLine().getOut();
        Path folder = WorkFolder.path().resolve("load");
        LoadOutcome outcome = new LoadBench(options, ServerPlan.demoModel(), folder).run(out);
        return LoadReport.print(out, options, outcome) ? 0 : 1;
    }
}
