package dev.tropical.bench.compare;

import dev.tropical.bench.serve.ServeSummary;
import dev.tropical.simulator.Goodput;
import dev.tropical.simulator.Summary.Spread;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Prints a measured comparison as Markdown. */
final class CompareTables {
    private static final double MS = 1e3;

    private final PrintWriter out;
    private final Measured measured;

    CompareTables(PrintWriter out, Measured measured) {
        this.out = out;
        this.measured = measured;
    }

    void print() {
        line("");
        line("## %s", measured.title());
        goodput();
        attainment();
        measured.systems().keySet().forEach(this::system);
    }

    private void goodput() {
        line("");
        line("Goodput at 90 %%, requests/s, read off the measured rates; 95 %% over the seeds:");
        line("");
        line("| | goodput | 95 %% | tropical is |");
        line("|---|---|---|---|");
        double tropical = measured.goodput("tropical").rate();
        for (String system : measured.systems().keySet()) {
            Goodput goodput = measured.goodput(system);
            boolean isBound = measured.isGoodputABound(system);
            line(
                    "| %s | %s%.3f | %s | %s |",
                    system,
                    isBound ? ">= " : goodput.rate() == 0 ? "< lowest rate, " : "",
                    goodput.rate(),
                    goodput.halfWidth() == 0 ? "-" : format("+- %.3f", goodput.halfWidth()),
                    goodput.rate() == 0 || isBound || tropical == 0
                            ? "-"
                            : format("%.2f x", tropical / goodput.rate()));
        }
    }

    private void attainment() {
        line("");
        line("SLO attainment %%, +- half of the 95 %% interval (Wilson), requests:");
        line("");
        header("requests/s");
        for (String system : measured.systems().keySet()) {
            row(
                    system,
                    system,
                    point ->
                            String.format(
                                    Locale.ROOT,
                                    "%.1f +- %.1f, %d",
                                    100 * point.attainment().share(),
                                    100 * point.attainment().halfWidth(),
                                    point.attainment().total()));
        }
    }

    private void system(String system) {
        line("");
        line("### %s", system);
        line("");
        header("requests/s");
        spread(system, "TTFT s", 1, point -> point.summary().requests().ttft());
        spread(system, "TPOT ms", MS, point -> point.summary().requests().tpot());
        spread(system, "ITL ms", MS, point -> point.summary().itl());
        spread(system, "JCT s", 1, point -> point.summary().requests().jct());
        spread(system, "queueing s", 1, point -> point.summary().requests().queueing());
        spread(system, "added to TTFT ms", MS, point -> point.summary().added());
        spread(system, "sent late ms", MS, point -> point.summary().late());
        row(
                system,
                "rejected / failed / unfinished",
                point -> {
                    ServeSummary.Counts counts = point.summary().counts();
                    return counts.rejected()
                            + " / "
                            + counts.failed()
                            + " / "
                            + counts.unfinished();
                });
        number(system, "output tokens/s", "%.1f", p -> p.meanOutputTokens());
    }

    private void header(String first) {
        line("| %s | %s |", first, cells(rate -> format("%.3g", rate)));
        line("|---%s|", "|---".repeat(measured.rates().size()));
    }

    private void spread(
            String system, String name, double factor, Function<MeasuredPoint, Spread> of) {
        row(
                system,
                name + ": mean / P50 / P90 / P99",
                point -> {
                    Spread spread = of.apply(point);
                    return String.format(
                            Locale.ROOT,
                            "%.4g / %.4g / %.4g / %.4g",
                            factor * spread.mean(),
                            factor * spread.p50(),
                            factor * spread.p90(),
                            factor * spread.p99());
                });
    }

    private void number(
            String system, String name, String format, ToDoubleFunction<MeasuredPoint> value) {
        row(system, name, point -> format(format, value.applyAsDouble(point)));
    }

    private void row(String system, String name, Function<MeasuredPoint, String> cell) {
        line(
                "| %s | %s |",
                name, cells(rate -> measured.point(system, rate).map(cell).orElse("-")));
    }

    private String cells(Function<Double, String> cell) {
        List<String> cells = measured.rates().stream().map(cell).toList();
        return String.join(" | ", cells);
    }

    private static String format(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
