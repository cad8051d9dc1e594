package dev.tropical.bench.compare;

import dev.tropical.bench.compare.RecordStore.StoredRun;
import dev.tropical.simulator.RequestResult;
import dev.tropical.simulator.Summary;
import java.util.ArrayList;
import java.util.List;

/**
 * A system at a rate as it was measured, over all seeds, beside the simulator's replay of the same
 * runs.
 *
 * @param comparison title
 * @param system its name
 * @param rate requests/s
 * @param measured as it was
 * @param predicted as replayed
 */
record Prediction(
        String comparison, String system, double rate, MeasuredPoint measured, Summary predicted) {
    /** Attainment points: a prediction that is no further off is a good one. */
    static final double TOLERANCE = 5;

    /** Outside of these, percent, attainment hardly moves with the rate: any model would fit. */
    private static final double LEAST = 20;

    private static final double MOST = 98;

    /** A prediction for every measured point. */
    static List<Prediction> of(List<Measured> all, Replay replay) {
        List<Prediction> predictions = new ArrayList<>();
        for (Measured comparison : all) {
            comparison
                    .systems()
                    .forEach(
                            (system, points) ->
                                    points.forEach(
                                            (rate, point) ->
                                                    predictions.add(
                                                            new Prediction(
                                                                    comparison.title(),
                                                                    system,
                                                                    rate,
                                                                    point,
                                                                    replayed(point, replay)))));
        }
        return predictions;
    }

    private static Summary replayed(MeasuredPoint point, Replay replay) {
        List<RequestResult> results = new ArrayList<>();
        for (StoredRun run : point.runs()) {
            results.addAll(replay.run(run));
        }
        return Summary.of(results);
    }

    double measuredPercent() {
        return 100 * measured.attainment().share();
    }

    double predictedPercent() {
        return 100 * predicted.attainment();
    }

    /** Predicted less measured attainment, points. */
    double difference() {
        return predictedPercent() - measuredPercent();
    }

    /** Whether the point tells a good model from a bad one. */
    boolean isTelling() {
        return measuredPercent() >= LEAST && measuredPercent() <= MOST;
    }

    boolean isNear() {
        return Math.abs(difference()) <= TOLERANCE;
    }

    /** Share of the telling points that are near; no number without any. */
    static double nearShare(List<Prediction> predictions) {
        List<Prediction> telling = predictions.stream().filter(Prediction::isTelling).toList();
        return telling.isEmpty()
                ? Double.NaN
                : (double) telling.stream().filter(Prediction::isNear).count() / telling.size();
    }
}
