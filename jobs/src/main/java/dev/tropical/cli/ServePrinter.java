package dev.tropical.cli;

import dev.tropical.bench.serve.ServeSummary;
import dev.tropical.simulator.Summary;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints what a run of load came to. */
final class ServePrinter {
    private static final double MS = 1e3;

    /** Lateness beyond this share of the median first token spoils it. */
    private static final double LATE_SHARE = 0.1;

    private final PrintWriter out;

    ServePrinter(PrintWriter out) {
        this.out = out;
    }

    void print(ServeSummary summary) {
        Summary requests = summary.requests();
        ServeSummary.Counts counts = summary.counts();
        ServeSummary.Rates rates = summary.rates();
        line(
                "%d requests: %.1f %% attained; %d rejected, %d failed, %d unfinished, %d"
                        + " shortened",
                requests.requests(),
                100 * requests.attainment(),
                counts.rejected(),
                counts.failed(),
                counts.unfinished(),
                counts.shortened());
        line(
                "per second, over %.1f s: %.3f requests, %.3f attained (goodput), %.0f prompt and"
                        + " %.1f output tokens",
                rates.seconds(),
                rates.requests(),
                rates.attained(),
                rates.promptTokens(),
                rates.outputTokens());
        line("%-10s %10s %10s %10s %10s", "ms", "mean", "p50", "p90", "p99");
        print("ttft", requests.ttft());
        print("tpot", requests.tpot());
        print("itl", summary.itl());
        print("jct", requests.jct());
        if (counts.withLifecycle() > 0) {
            print("queueing", requests.queueing());
            print("added", summary.added());
        } else {
            line("queueing   not known: the server does not say when a prefill began");
        }
        print("late", summary.late());
        if (summary.late().p99() > LATE_SHARE * requests.ttft().p50()) {
            line(
                    "NOTE requests were sent so late that their times say more of the generator"
                            + " than of the server");
        }
        out.flush();
    }

    private void print(String name, Summary.Spread spread) {
        line(
                "%-10s %10.2f %10.2f %10.2f %10.2f",
                name, MS * spread.mean(), MS * spread.p50(), MS * spread.p90(), MS * spread.p99());
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
