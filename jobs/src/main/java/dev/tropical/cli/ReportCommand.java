package dev.tropical.cli;

import dev.tropical.bench.compare.CompareReport;
import dev.tropical.bench.compare.RecordStore;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a comparison's report anew, of records that may come from many runs and hosts. */
@Command(
        name = "report",
        description = "Write report.md, points.csv and pictures of bench compare's records.")
final class ReportCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "What bench compare had as --out.")
    Path folder = Path.of("bench-compare");

    @Override
    public Integer call() throws Exception {
        Path report = CompareReport.write(new RecordStore(folder), folder);
        spec.commandLine().getOut().println("report: " + report);
        return 0;
    }
}
