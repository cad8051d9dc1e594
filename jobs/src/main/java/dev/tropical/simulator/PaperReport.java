package dev.tropical.simulator;

import dev.tropical.scheduling.routing.DecisionCounts;
import dev.tropical.scheduling.routing.TropicalOptions;
import dev.tropical.scheduling.routing.TropicalPolicy;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Runs the published comparison and prints it beside the published numbers, as Markdown. */
public final class PaperReport {
    private static final List<String> RULES =
            DecisionCounts.names(new TropicalPolicy(TropicalOptions.DEFAULT));
    private static final double LOWEST_RATE = 0.4;
    private static final double HIGHEST_RATE = 4;

    private final Experiment experiment;
    private final PrintWriter out;

    public PaperReport(Experiment experiment, PrintWriter out) {
        this.experiment = experiment;
        this.out = out;
    }

    /** All rates of all systems, then, if asked for, each system's goodput. */
    public void print(List<SystemSpec> systems, boolean hasGoodput) {
        for (SystemSpec system : systems) {
            print(system);
        }
        if (hasGoodput) {
            printGoodput(systems);
        }
    }

    private void print(SystemSpec system) {
        List<Experiment.Point> points = new ArrayList<>();
        for (double rate : PaperPreset.RATES) {
            points.add(experiment.at(system, rate));
        }
        line("");
        line("### %s", system.name());
        line("");
        line("| requests/s | %s |", cells(PaperPreset.RATES, rate -> format("%.1f", rate)));
        line("|---%s|", "|---".repeat(PaperPreset.RATES.size()));
        metric(points, "SLO attainment %", "%.1f", point -> 100 * point.summary().attainment());
        published(system, "published", "%.1f", PublishedTable.Row::attainment);
        metric(points, "P90 TTFT s", "%.1f", point -> point.summary().ttft().p90());
        published(system, "published", "%.1f", PublishedTable.Row::p90Ttft);
        metric(points, "P90 TPOT ms", "%.0f", point -> 1e3 * point.summary().tpot().p90());
        published(system, "published", "%.0f", PublishedTable.Row::p90Tpot);
        metric(points, "mean JCT s", "%.1f", point -> point.summary().jct().mean());
        published(system, "published", "%.1f", PublishedTable.Row::meanJct);
        metric(points, "P90 queueing s", "%.1f", point -> point.summary().queueing().p90());
        metric(points, "rejected %", "%.1f", point -> 100 * point.summary().rejected());
        if (points.get(0).decisions().containsKey(TropicalPolicy.MULTIPLEXED)) {
            for (String rule : RULES) {
                metric(points, rule, "%.0f", point -> point.decisions().getOrDefault(rule, 0L));
            }
            metric(points, "late residents", "%.0f", Experiment.Point::stallViolations);
        }
    }

    private void printGoodput(List<SystemSpec> systems) {
        line("");
        line("### Goodput at 90 %%, requests/s");
        line("");
        line("| | simulated | 95 %% | published |");
        line("|---|---|---|---|");
        for (SystemSpec system : systems) {
            Goodput goodput = experiment.goodput(system, LOWEST_RATE, HIGHEST_RATE);
            PublishedTable.Row row = PublishedTable.ROWS.get(system.name());
            double published = row == null ? 0 : row.goodput();
            line(
                    "| %s | %.2f | +- %.2f | %s |",
                    system.name(),
                    goodput.rate(),
                    goodput.halfWidth(),
                    published > 0 ? format("%.3f", published) : "-");
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
            SystemSpec system,
            String name,
            String format,
            Function<PublishedTable.Row, List<Double>> values) {
        PublishedTable.Row row = PublishedTable.ROWS.get(system.name());
        if (row != null) {
            line("| %s | %s |", name, cells(values.apply(row), value -> format(format, value)));
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
