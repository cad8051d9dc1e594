package dev.tropical.simulator;

import dev.tropical.report.LineChart;
import dev.tropical.simulator.ComparisonResult.SystemResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Draws a comparison: attainment, P90 TTFT and P90 TPOT against the rate, a PNG file each. */
public final class ResultPlots {
    private ResultPlots() {}

    /**
     * Writes the files.
     *
     * @return their names
     */
    public static List<String> write(Path folder, ComparisonResult result) throws IOException {
        List<String> names = new ArrayList<>();
        names.add(
                plot(
                        folder,
                        result,
                        "SLO attainment %",
                        point -> 100 * point.summary().attainment()));
        names.add(plot(folder, result, "P90 TTFT s", point -> point.summary().ttft().p90()));
        names.add(plot(folder, result, "P90 TPOT ms", point -> 1e3 * point.summary().tpot().p90()));
        return names;
    }

    private static String plot(
            Path folder,
            ComparisonResult result,
            String metric,
            ToDoubleFunction<Experiment.Point> value)
            throws IOException {
        List<Double> rates = result.comparison().rates();
        LineChart chart = new LineChart(result.comparison().title(), "requests/s", metric);
        for (SystemResult system : result.systems()) {
            List<Double> values = system.points().stream().map(value::applyAsDouble).toList();
            chart.line(system.system().name(), rates, values);
        }
        return chart.write(folder);
    }
}
