package dev.tropical.bench.compare;

import dev.tropical.bench.serve.ServeSummary;
import dev.tropical.report.LineChart;
import dev.tropical.simulator.ResultsCsv;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** Makes report.md, points.csv and pictures of whatever runs a store has. */
public final class CompareReport {
    private static final String COLUMNS =
            ResultsCsv.POINT_COLUMNS
                    + ",requests,failed,unfinished,"
                    + ResultsCsv.columns("itl")
                    + ","
                    + ResultsCsv.columns("added")
                    + ","
                    + ResultsCsv.columns("late")
                    + ",output_tokens_per_second";

    private CompareReport() {}

    /**
     * Writes the files beside the records.
     *
     * @param folder the store's
     * @return the report
     * @throws IllegalStateException when no run is complete
     */
    public static Path write(RecordStore store, Path folder) throws IOException {
        Commands commands = Commands.of(store.calibrations());
        List<RecordStore.StoredRun> runs = commands.valid(store.runs());
        if (runs.isEmpty()) {
            throw new IllegalStateException(
                    folder + ": no complete run (expected: records of bench compare)");
        }
        List<Measured> all = Measured.of(runs);
        Files.write(folder.resolve("points.csv"), csv(all));
        Path report = folder.resolve("report.md");
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(report))) {
            out.println("# Systems compared");
            about(runs, out);
            calibrations(commands, out);
            for (Measured measured : all) {
                new CompareTables(out, measured).print();
                plots(folder, measured, out);
            }
        }
        return report;
    }

    private static void about(List<RecordStore.StoredRun> runs, PrintWriter out) {
        out.println();
        TreeSet<String> lines = new TreeSet<>();
        for (RecordStore.StoredRun run : runs) {
            run.content()
                    .about()
                    .forEach(
                            (key, value) -> {
                                if (key.startsWith("with ")) {
                                    lines.add("- " + key.substring(5) + ": " + value);
                                }
                            });
        }
        lines.forEach(out::println);
        out.println();
        out.println(
                "Times count from the instant at which a request was due, however late it was sent."
                    + " Rejected, failed and unfinished requests count as missed; times are over"
                    + " those that were answered. Every request's record is below `records`.");
    }

    private static void calibrations(Commands commands, PrintWriter out) {
        if (commands.calibrations().isEmpty()) {
            return;
        }
        out.printf(
                "%nEach command's calibration; runs of one that is more than %.0f %% off the median"
                        + " (%.1f ms, %.2f ms) are left out:%n%n",
                100 * Calibration.TOLERANCE,
                commands.usual().prefillMs(),
                commands.usual().stepMs());
        out.println("| command | prompt alone, ms | full batch's step, ms | |");
        out.println("|---|---|---|---|");
        commands.calibrations()
                .forEach(
                        (command, result) ->
                                out.printf(
                                        Locale.ROOT,
                                        "| %s | %.1f | %.2f | %s |%n",
                                        command,
                                        result.prefillMs(),
                                        result.stepMs(),
                                        commands.voided().contains(command) ? "void" : ""));
    }

    private static void plots(Path folder, Measured measured, PrintWriter out) throws IOException {
        out.println();
        if (!LineChart.isAvailable()) {
            out.println(
                    "No pictures: this Java runtime cannot draw; run `bench report` elsewhere.");
            return;
        }
        for (String plot : new ComparePlots(folder, measured).write()) {
            out.println("![" + plot + "](" + plot + ")");
        }
    }

    private static List<String> csv(List<Measured> all) {
        List<String> lines = new ArrayList<>();
        lines.add(COLUMNS);
        for (Measured measured : all) {
            measured.systems()
                    .forEach(
                            (system, points) ->
                                    points.forEach(
                                            (rate, point) ->
                                                    lines.add(
                                                            line(
                                                                    measured.title(),
                                                                    system,
                                                                    rate,
                                                                    point))));
        }
        return lines;
    }

    private static String line(String title, String system, double rate, MeasuredPoint point) {
        ServeSummary summary = point.summary();
        return String.format(
                Locale.ROOT,
                "%s,%d,%d,%d,%s,%s,%s,%.3f",
                ResultsCsv.point(title, system, rate, summary.requests()),
                summary.requests().requests(),
                summary.counts().failed(),
                summary.counts().unfinished(),
                ResultsCsv.spread(summary.itl()),
                ResultsCsv.spread(summary.added()),
                ResultsCsv.spread(summary.late()),
                point.meanOutputTokens());
    }
}
