package dev.tropical.bench.compare;

import dev.tropical.bench.serve.RequestRecord;
import dev.tropical.report.LineChart;
import dev.tropical.simulator.Goodput;
import dev.tropical.simulator.Summary;
import dev.tropical.simulator.Summary.Spread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Draws a measured comparison: attainment, mean and P90 of TTFT, TPOT and JCT, and P90 queueing
 * against the rate; and distributions at the highest rate at which tropical, or else the best
 * system, attains.
 */
final class ComparePlots {
    private static final double MS = 1e3;
    private static final double NS_PER_SECOND = 1e9;
    private static final double NS_PER_MS = 1e6;
    private static final String RATE = "requests/s";

    private final Path folder;
    private final Measured measured;
    private final List<String> files = new ArrayList<>();

    ComparePlots(Path folder, Measured measured) {
        this.folder = folder;
        this.measured = measured;
    }

    /** Writes the files; gives their names. */
    List<String> write() throws IOException {
        LineChart attainment = chart("SLO attainment %");
        attainment.level("90 %", 100 * Goodput.TARGET, measured.rates());
        againstRate(attainment, point -> 100 * point.attainment().share());
        latency("TTFT s", 1, Summary::ttft);
        latency("TPOT ms", MS, Summary::tpot);
        latency("JCT s", 1, Summary::jct);
        againstRate(chart("P90 queueing s"), point -> point.summary().requests().queueing().p90());
        double rate = distributionRate();
        distribution(rate, "TTFT s", NS_PER_SECOND, r -> r.result().ttftNs(), r -> true);
        distribution(rate, "TPOT ms", NS_PER_MS, r -> r.result().tpotNs(), r -> r.tokens() > 1);
        distribution(rate, "JCT s", NS_PER_SECOND, r -> r.result().jctNs(), r -> true);
        return files;
    }

    private LineChart chart(String metric) {
        return new LineChart(measured.title(), RATE, metric);
    }

    private void latency(String metric, double factor, Function<Summary, Spread> of)
            throws IOException {
        againstRate(
                chart("mean " + metric),
                point -> factor * of.apply(point.summary().requests()).mean());
        againstRate(
                chart("P90 " + metric),
                point -> factor * of.apply(point.summary().requests()).p90());
    }

    private void againstRate(LineChart chart, ToDoubleFunction<MeasuredPoint> value)
            throws IOException {
        for (String system : measured.systems().keySet()) {
            chart.line(system, measured.rates(), measured.values(system, value));
        }
        files.add(chart.write(folder));
    }

    private double distributionRate() {
        return measured.highestGoodRate("tropical")
                .or(
                        () ->
                                measured.systems().keySet().stream()
                                        .flatMap(s -> measured.highestGoodRate(s).stream())
                                        .max(Double::compare))
                .orElseGet(this::lowestRate);
    }

    /** Where no system attains: the lowest rate that tropical, or else any system, was run at. */
    private double lowestRate() {
        return measured.rates().stream()
                .filter(rate -> measured.point("tropical", rate).isPresent())
                .findFirst()
                .orElse(measured.rates().get(0));
    }

    private void distribution(
            double rate,
            String metric,
            double unit,
            ToDoubleFunction<RequestRecord> value,
            Predicate<RequestRecord> isShown)
            throws IOException {
        String at = String.format(Locale.ROOT, "%s at %.3g requests/s", measured.title(), rate);
        LineChart chart = new LineChart(at, metric, "% of requests at most, " + metric);
        for (String system : measured.systems().keySet()) {
            double[] values =
                    measured.point(system, rate).map(MeasuredPoint::done).orElse(List.of()).stream()
                            .filter(isShown)
                            .mapToDouble(record -> value.applyAsDouble(record) / unit)
                            .sorted()
                            .toArray();
            List<Double> shares = new ArrayList<>();
            for (int i = 0; i < values.length; i++) {
                shares.add(100.0 * (i + 1) / values.length);
            }
            chart.curve(system, Arrays.stream(values).boxed().toList(), shares);
        }
        files.add(chart.write(folder));
    }
}
