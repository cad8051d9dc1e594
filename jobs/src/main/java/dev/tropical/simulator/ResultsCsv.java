package dev.tropical.simulator;

import dev.tropical.simulator.ComparisonResult.SystemResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All points of all comparisons as one CSV file: a line for each system at each rate. */
public final class ResultsCsv {
    /** What {@link #point} writes. */
    public static final String POINT_COLUMNS =
            "comparison,system,rate,attainment,rejected,"
                    + columns("ttft")
                    + ","
                    + columns("tpot")
                    + ","
                    + columns("jct")
                    + ","
                    + columns("queueing");

    private static final String HEADER = POINT_COLUMNS + ",goodput,goodput_half_width";

    private ResultsCsv() {}

    /** Mean and percentiles of a column. */
    public static String columns(String name) {
        return name + "_mean," + name + "_p50," + name + "_p90," + name + "_p99";
    }

    /** Times are in seconds, shares in [0, 1]. */
    public static void write(Path file, List<ComparisonResult> results) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(HEADER);
        for (ComparisonResult result : results) {
            for (SystemResult system : result.systems()) {
                List<Double> rates = result.comparison().rates();
                for (int i = 0; i < rates.size(); i++) {
                    lines.add(line(result.comparison().title(), system, i, rates.get(i)));
                }
            }
        }
        Files.write(file, lines);
    }

    private static String line(String title, SystemResult system, int index, double rate) {
        Goodput goodput = system.goodput();
        return point(title, system.system().name(), rate, system.points().get(index).summary())
                + ","
                + (goodput == null
                        ? ","
                        : String.format(
                                Locale.ROOT, "%.3f,%.3f", goodput.rate(), goodput.halfWidth()));
    }

    /** One system at one rate, of whichever comparison: simulated or measured. */
    public static String point(String comparison, String system, double rate, Summary summary) {
        return String.format(
                Locale.ROOT,
                "\"%s\",\"%s\",%.3f,%.5f,%.5f,%s,%s,%s,%s",
                comparison,
                system,
                rate,
                summary.attainment(),
                summary.rejected(),
                spread(summary.ttft()),
                spread(summary.tpot()),
                spread(summary.jct()),
                spread(summary.queueing()));
    }

    /** Under {@link #columns}. */
    public static String spread(Summary.Spread spread) {
        return String.format(
                Locale.ROOT,
                "%.6f,%.6f,%.6f,%.6f",
                spread.mean(),
                spread.p50(),
                spread.p90(),
                spread.p99());
    }
}
