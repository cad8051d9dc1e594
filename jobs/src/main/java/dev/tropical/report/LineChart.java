package dev.tropical.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Lines over one axis, written as a PNG file. */
public final class LineChart {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 500;
    private static final float DASH = 6;

    private final String name;
    private final XYChart chart;

    /**
     * @param title also the file's name, with {@code y}
     */
    public LineChart(String title, String x, String y) {
        this.name = title + " " + y;
        this.chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle(x)
                        .yAxisTitle(y)
                        .build();
    }

    /** Whether this runtime can draw: small ones come without {@code java.desktop}. */
    public static boolean isAvailable() {
        return ModuleLayer.boot().findModule("java.desktop").isPresent();
    }

    /** Adds a line; points without a value are left out, and a line without any. */
    public LineChart line(String series, List<Double> xs, List<Double> ys) {
        add(series, xs, ys);
        return this;
    }

    /** Adds a curve of many points, without marks. */
    public LineChart curve(String series, List<Double> xs, List<Double> ys) {
        XYSeries added = add(series, xs, ys);
        if (added != null) {
            added.setMarker(SeriesMarkers.NONE);
        }
        return this;
    }

    /** Adds a dashed level to hold the lines against. */
    public LineChart level(String series, double value, List<Double> xs) {
        XYSeries added = add(series, xs, xs.stream().map(x -> value).toList());
        if (added != null) {
            added.setMarker(SeriesMarkers.NONE);
            added.setLineColor(Color.GRAY);
            added.setLineStyle(
                    new BasicStroke(
                            1,
                            BasicStroke.CAP_BUTT,
                            BasicStroke.JOIN_BEVEL,
                            0,
                            new float[] {DASH, DASH},
                            0));
        }
        return this;
    }

    private @Nullable XYSeries add(String series, List<Double> xs, List<Double> ys) {
        List<Double> knownXs = new ArrayList<>();
        List<Double> knownYs = new ArrayList<>();
        for (int i = 0; i < ys.size(); i++) {
            if (Double.isFinite(ys.get(i))) {
                knownXs.add(xs.get(i));
                knownYs.add(ys.get(i));
            }
        }
        return knownXs.isEmpty() ? null : chart.addSeries(series, knownXs, knownYs);
    }

    /**
     * Writes the picture.
     *
     * @return the file's name
     */
    public String write(Path folder) throws IOException {
        String file = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".png";
        BitmapEncoder.saveBitmap(
                chart, folder.resolve(file).toString(), BitmapEncoder.BitmapFormat.PNG);
        return file;
    }
}
