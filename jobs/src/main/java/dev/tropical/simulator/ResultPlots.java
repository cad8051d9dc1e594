package dev.tropical.simulator;

import dev.tropical.simulator.ComparisonResult.SystemResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/** Draws a comparison: attainment, P90 TTFT and P90 TPOT against the rate, a PNG file each. */
public final class ResultPlots {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 500;

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
        String title = result.comparison().title();
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle("requests/s")
                        .yAxisTitle(metric)
                        .build();
        for (SystemResult system : result.systems()) {
            List<Double> values = system.points().stream().map(value::applyAsDouble).toList();
            chart.addSeries(system.system().name(), result.comparison().rates(), values);
        }
        String name =
                (title + " " + metric).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-")
                        + ".png";
        BitmapEncoder.saveBitmap(
                chart, folder.resolve(name).toString(), BitmapEncoder.BitmapFormat.PNG);
        return name;
    }
}
