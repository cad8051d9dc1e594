package dev.tropical.simulator;

import dev.tropical.scheduling.routing.DecisionCounts;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalPolicy;
import dev.tropical.simulator.ComparisonResult.SystemResult;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Prints a comparison's results beside the published numbers, as Markdown. */
public final class MarkdownReport {
    private static final List<String> RULES =
            DecisionCounts.names(new TropicalPolicy(TropicalOptions.DEFAULT));

    private final PrintWriter out;

    public MarkdownReport(PrintWriter out) {
        this.out = out;
    }

    /** A section with a table a system, and the goodputs if there are any. */
    public void print(ComparisonResult result) {
        line("");
        line("## %s", result.comparison().title());
        for (SystemResult system : result.systems()) {
            print(result.comparison(), system);
        }
        if (result.systems().stream().anyMatch(system -> system.goodput() != null)) {
            printGoodput(result);
        }
    }

    private void print(Comparison comparison, SystemResult result) {
        List<Double> rates = comparison.rates();
        List<Experiment.Point> points = result.points();
        PublishedRow row = comparison.published().get(result.system().name());
        line("");
        line("### %s", result.system().name());
        line("");
        line("| requests/s | %s |", cells(rates, rate -> format("%.1f", rate)));
        line("|---%s|", "|---".repeat(rates.size()));
        metric(points, "SLO attainment %", "%.1f", point -> 100 * point.summary().attainment());
        published(row, "%.1f", PublishedRow::attainment);
        metric(points, "P90 TTFT s", "%.1f", point -> point.summary().ttft().p90());
        published(row, "%.1f", PublishedRow::p90Ttft);
        metric(points, "P90 TPOT ms", "%.0f", point -> 1e3 * point.summary().tpot().p90());
        published(row, "%.0f", PublishedRow::p90Tpot);
        metric(points, "mean JCT s", "%.1f", point -> point.summary().jct().mean());
        published(row, "%.1f", PublishedRow::meanJct);
        metric(points, "P90 queueing s", "%.1f", point -> point.summary().queueing().p90());
        metric(points, "rejected %", "%.1f", point -> 100 * point.summary().rejected());
        if (points.get(0).decisions().containsKey(TropicalPolicy.MULTIPLEXED)) {
            for (String rule : RULES) {
                metric(points, rule, "%.0f", point -> point.decisions().getOrDefault(rule, 0L));
            }
            metric(points, "late residents", "%.0f", point -> point.stalls().late());
            metric(points, "late migrants", "%.0f", point -> point.stalls().lateMigrants());
        }
    }

    private void printGoodput(ComparisonResult result) {
        line("");
        line("### Goodput at 90 %%, requests/s");
        line("");
        line("| | simulated | 95 %% | published | difference |");
        line("|---|---|---|---|---|");
        for (SystemResult system : result.systems()) {
            Goodput goodput = system.goodput();
            PublishedRow row = result.comparison().published().get(system.system().name());
            double published = row == null ? 0 : row.goodput();
            if (goodput != null) {
                line(
                        "| %s | %.2f | +- %.2f | %s | %s |",
                        system.system().name(),
                        goodput.rate(),
                        goodput.halfWidth(),
                        published > 0 ? format("%.3f", published) : "-",
                        published > 0
                                ? format("%+.0f %%", 100 * (goodput.rate() / published - 1))
                                : "-");
            }
        }
    }

    private void metric(
            List<Experiment.Point> points,
            String name,
            String format,
            ToDoubleFunction<Experiment.Point> value) {
        line(
                "| %s | %s |",
                name, cells(points, point -> format(format, value.applyAsDouble(point))));
    }

    private void published(
            @Nullable PublishedRow row,
            String format,
            Function<PublishedRow, List<Double>> values) {
        if (row != null && !values.apply(row).isEmpty()) {
            line("| published | %s |", cells(values.apply(row), value -> format(format, value)));
        }
    }

    private static <T> String cells(List<T> values, Function<T, String> format) {
        return String.join(" | ", values.stream().map(format).toList());
    }

    private static String format(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }
}
