package dev.tropical.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The highest request rate at which enough requests attain their objectives.
 *
 * @param rate mean over the seeds, requests/s
 * @param halfWidth of the 95 % confidence interval round it (Student's t over the seeds)
 */
public record Goodput(double rate, double halfWidth) {
    /** Share of requests that must attain. */
    public static final double TARGET = 0.9;

    /** Bisection ends at intervals of this, requests/s. */
    public static final double STEP = 0.02;

    /** Two-sided 95 % quantiles of Student's t for 1 to 10 degrees of freedom. */
    private static final double[] STUDENT = {
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228
    };

    private static final double NORMAL = 1.96;

    /**
     * Bisects between two rates, on the understanding that attainment falls with the rate.
     *
     * @param attainment share in [0, 1] at a rate
     * @return {@code low} when even that is too much, {@code high} when that is not
     */
    static double bisect(double low, double high, DoubleUnaryOperator attainment) {
        if (attainment.applyAsDouble(low) < TARGET) {
            return low;
        }
        double good = low;
        double bad = high;
        while (bad - good > STEP) {
            double middle = (good + bad) / 2;
            if (attainment.applyAsDouble(middle) >= TARGET) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        return good;
    }

    /**
     * Reads the goodput off measured points: where the line between two neighbours falls through
     * the target.
     *
     * @param rates ascending, requests/s
     * @param attainments share in [0, 1] at each; not a number where nothing was measured
     * @return 0 when even the lowest rate is too much, the highest rate when none is
     */
    public static double readOff(List<Double> rates, List<Double> attainments) {
        double good = 0;
        double goodShare = 1;
        for (int i = 0; i < rates.size(); i++) {
            double share = attainments.get(i);
            if (Double.isNaN(share)) {
                continue;
            }
            if (share < TARGET) {
                return good == 0
                        ? 0
                        : good + (rates.get(i) - good) * (goodShare - TARGET) / (goodShare - share);
            }
            good = rates.get(i);
            goodShare = share;
        }
        return good;
    }

    /**
     * @param rates one a seed
     */
    public static Goodput of(double... rates) {
        double mean = Arrays.stream(rates).average().orElse(0);
        int freedom = rates.length - 1;
        if (freedom < 1) {
            return new Goodput(mean, 0);
        }
        double squares = Arrays.stream(rates).map(rate -> (rate - mean) * (rate - mean)).sum();
        double quantile = freedom <= STUDENT.length ? STUDENT[freedom - 1] : NORMAL;
        return new Goodput(mean, quantile * Math.sqrt(squares / freedom / rates.length));
    }
}
