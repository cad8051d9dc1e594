package dev.tropical.cli;

import dev.tropical.simulator.Experiment;
import dev.tropical.simulator.Summary;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.TreeMap;

/** Prints what one simulated run came to. */
final class PointPrinter {
    private final PrintWriter out;

    PointPrinter(PrintWriter out) {
        this.out = out;
    }

    /**
     * @param rate requests a second over all cells
     * @param seconds of wall time that the run took
     */
    void print(String mode, double rate, int cells, Experiment.Point point, double seconds) {
        Summary summary = point.summary();
        line(
                "%s at %.2f requests/s, %d requests, %d cells: %.1f %% attain, %.1f %% rejected",
                mode,
                rate,
                summary.requests(),
                cells,
                100 * summary.attainment(),
                100 * summary.rejected());
        line("%-10s %10s %10s %10s %10s", "seconds", "mean", "p50", "p90", "p99");
        print("ttft", summary.ttft());
        print("tpot", summary.tpot());
        print("jct", summary.jct());
        print("queueing", summary.queueing());
        line("decisions  %s", new TreeMap<>(point.decisions()));
        line("took       %.1f s", seconds);
        out.flush();
    }

    private void print(String name, Summary.Spread spread) {
        line(
                "%-10s %10.3f %10.3f %10.3f %10.3f",
                name, spread.mean(), spread.p50(), spread.p90(), spread.p99());
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
