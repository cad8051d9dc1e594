package dev.tropical.engine.profile;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepShape;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * What was measured.
 *
 * @param cost fitted coefficients; the default instance when there were too few steps to fit
 * @param points measured steps
 */
public record StepProfile(StepCost cost, List<Point> points) {
    /**
     * A measured step.
     *
     * @param isHeldOut whether the fit had not seen it
     */
    public record Point(StepShape shape, long durationNs, long predictedNs, boolean isHeldOut) {
        double error() {
            return Math.abs((double) predictedNs / durationNs - 1);
        }

        /** As {@link StepProfile#CSV_HEADER} names its parts. */
        String toCsv() {
            return String.format(
                    Locale.ROOT,
                    "%d,%.1f,%d,%d,%.4f,%.4f,%b",
                    shape.prefillTokens(),
                    shape.prefillContext(),
                    shape.decodes(),
                    shape.decodeContext(),
                    durationNs / 1e6,
                    predictedNs / 1e6,
                    isHeldOut);
        }
    }

    private static final String CSV_HEADER =
            "prefill_tokens,prefill_context,decodes,decode_context,measured_ms,predicted_ms,held_out";

    public StepProfile {
        points = List.copyOf(points);
    }

    /** How many were measured. */
    public int steps() {
        return points.size();
    }

    private DoubleStream errors() {
        return points.stream().filter(Point::isHeldOut).mapToDouble(Point::error);
    }

    /** Of the predictions of steps that the fit had not seen, relative. */
    public double meanError() {
        return errors().average().orElse(0);
    }

    /** The worst of them. */
    public double maxError() {
        return errors().max().orElse(0);
    }

    /** All steps, a line each, after a line of names. */
    public String toCsv() {
        StringBuilder lines = new StringBuilder(CSV_HEADER).append('\n');
        points.forEach(point -> lines.append(point.toCsv()).append('\n'));
        return lines.toString();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d steps; on the %d held out, predictions are off by %.1f %% on average and %.1f"
                        + " %% at most",
                steps(),
                errors().count(),
                100 * meanError(),
                100 * maxError());
    }
}
