package dev.tropical.bench.compare;

import dev.tropical.simulator.ResultsCsv;
import dev.tropical.simulator.Summary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes what the simulator predicts of measured runs beside what was measured. */
public final class PredictionReport {
    private static final double MS = 1e3;
    private static final String COLUMNS =
            "comparison,system,rate,seeds,requests,measured_attainment,predicted_attainment,"
                    + "difference_points,is_between_20_and_98_percent,"
                    + ResultsCsv.columns("measured_ttft")
                    + ","
                    + ResultsCsv.columns("predicted_ttft")
                    + ","
                    + ResultsCsv.columns("measured_tpot")
                    + ","
                    + ResultsCsv.columns("predicted_tpot");

    /**
     * What it came to.
     *
     * @param report the Markdown file
     * @param points measured
     * @param telling those of them whose measured attainment is from 20 to 98 %
     * @param nearShare share of these that were predicted within 5 points; no number without any
     */
    public record Result(Path report, int points, int telling, double nearShare) {}

    private PredictionReport() {}

    /**
     * Writes prediction.md and prediction.csv beside the records.
     *
     * @param about the assumptions, a line each
     * @throws IllegalStateException when no run is complete
     */
    public static Result write(RecordStore store, Path folder, Replay replay, List<String> about)
            throws IOException {
        List<Measured> measured =
                Measured.of(Commands.of(store.calibrations()).valid(store.runs()));
        if (measured.isEmpty()) {
            throw new IllegalStateException(
                    folder + ": no complete run (expected: records of bench compare)");
        }
        List<Prediction> predictions = Prediction.of(measured, replay);
        Files.write(folder.resolve("prediction.csv"), csv(predictions));
        Path report = folder.resolve("prediction.md");
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(report))) {
            print(out, measured, predictions, about);
        }
        long telling = predictions.stream().filter(Prediction::isTelling).count();
        return new Result(
                report, predictions.size(), (int) telling, Prediction.nearShare(predictions));
    }

    private static void print(
            PrintWriter out,
            List<Measured> measured,
            List<Prediction> predictions,
            List<String> about) {
        line(out, "# Simulated beside measured");
        line(out, "");
        line(
                out,
                "The simulator's replay of every measured run: the same requests, due at the same"
                        + " instants. Attainment is over all requests, times over those that were"
                        + " answered.");
        line(out, "");
        about.forEach(assumption -> line(out, "- %s", assumption));
        near(out, "all comparisons", predictions);
        for (Measured comparison : measured) {
            List<Prediction> own =
                    predictions.stream()
                            .filter(point -> point.comparison().equals(comparison.title()))
                            .toList();
            line(out, "");
            line(out, "## %s", comparison.title());
            near(out, "this comparison", own);
            line(out, "");
            line(
                    out,
                    "| system | requests/s | requests | measured %% | +- | predicted %% |"
                            + " difference | mean TTFT s | P90 TTFT s | P90 TPOT ms |");
            line(out, "|---|---|---|---|---|---|---|---|---|---|");
            own.forEach(point -> row(out, point));
        }
    }

    private static void near(PrintWriter out, String of, List<Prediction> predictions) {
        List<Prediction> telling = predictions.stream().filter(Prediction::isTelling).toList();
        line(out, "");
        line(
                out,
                "Of %s: %d points, %d measured from 20 to 98 %%; of these %d are predicted within"
                        + " %.0f points%s.",
                of,
                predictions.size(),
                telling.size(),
                telling.stream().filter(Prediction::isNear).count(),
                Prediction.TOLERANCE,
                telling.isEmpty()
                        ? ""
                        : format(", %.0f %%", 100 * Prediction.nearShare(predictions)));
    }

    private static void row(PrintWriter out, Prediction point) {
        Summary measured = point.measured().summary().requests();
        Summary predicted = point.predicted();
        line(
                out,
                "| %s | %.3g | %d | %.1f | %.1f | %.1f | %s | %s | %s | %s |",
                point.system(),
                point.rate(),
                point.measured().attainment().total(),
                point.measuredPercent(),
                100 * point.measured().attainment().halfWidth(),
                point.predictedPercent(),
                format(
                        point.isTelling() && !point.isNear() ? "**%+.1f**" : "%+.1f",
                        point.difference()),
                pair(measured.ttft().mean(), predicted.ttft().mean()),
                pair(measured.ttft().p90(), predicted.ttft().p90()),
                pair(MS * measured.tpot().p90(), MS * predicted.tpot().p90()));
    }

    private static String pair(double measured, double predicted) {
        return format("%.3g, predicted %.3g", measured, predicted);
    }

    private static List<String> csv(List<Prediction> predictions) {
        List<String> lines = new ArrayList<>();
        lines.add(COLUMNS);
        for (Prediction point : predictions) {
            Summary measured = point.measured().summary().requests();
            lines.add(
                    format(
                            "\"%s\",\"%s\",%.3f,%d,%d,%.5f,%.5f,%.2f,%b,%s,%s,%s,%s",
                            point.comparison(),
                            point.system(),
                            point.rate(),
                            point.measured().runs().size(),
                            point.measured().attainment().total(),
                            point.measured().attainment().share(),
                            point.predicted().attainment(),
                            point.difference(),
                            point.isTelling(),
                            ResultsCsv.spread(measured.ttft()),
                            ResultsCsv.spread(point.predicted().ttft()),
                            ResultsCsv.spread(measured.tpot()),
                            ResultsCsv.spread(point.predicted().tpot())));
        }
        return lines;
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(format(format, values));
    }
}
