package dev.tropical.scheduling.cost;

import dev.tropical.protocol.wire.StepCost;
import java.util.Optional;

/**
 * Fits {@link StepCostModel}'s coefficients to measured steps by least squares, so that an engine
 * knows its own speed without a profile.
 *
 * <p>Keeps the normal equations only, 42 numbers, whatever the number of steps. Steps are weighted
 * by 1 / duration: the relative error is what predictions are judged by, and a few long prefills
 * must not drown a thousand decodes. A coefficient that would become negative is left out (set to
 * 0) and the rest is fitted again. One writer.
 */
public final class StepCostFit {
    private static final int TERMS = 6;
    private static final int MIN_SAMPLES = 16;
    private static final double NS_PER_SECOND = 1e9;

    /** Relative to a term's own weight: what makes a term that never varied come out as 0. */
    private static final double RIDGE = 1e-9;

    private final double[][] products = new double[TERMS][TERMS];
    private final double[] targets = new double[TERMS];
    private final int freeTokens;
    private long samples;

    /** With no free prompt tokens. */
    public StepCostFit() {
        this(0);
    }

    /**
     * @param freeTokens the formula's {@code x_free}, which is not fitted
     */
    public StepCostFit(int freeTokens) {
        this.freeTokens = freeTokens;
    }

    /** Counts a measured step; one of no duration is left out. */
    public void add(StepShape shape, long durationNs) {
        add(shape, durationNs, 1);
    }

    /**
     * As {@link #add(StepShape, long)}.
     *
     * @param weight how often it counts
     */
    public void add(StepShape shape, long durationNs, double weight) {
        if (durationNs <= 0) {
            return;
        }
        double seconds = durationNs / NS_PER_SECOND;
        double[] terms = {
            1,
            Math.max(0, shape.prefillTokens() - freeTokens),
            shape.prefillContext(),
            shape.decodes(),
            shape.decodeContext(),
            shape.prefillTokens() > 0 ? 1 : 0
        };
        for (int i = 0; i < TERMS; i++) {
            double weighted = weight * terms[i] / seconds / seconds;
            targets[i] += weighted * seconds;
            for (int j = 0; j < TERMS; j++) {
                products[i][j] += weighted * terms[j];
            }
        }
        samples++;
    }

    /** The best coefficients, none negative; empty before there are 16 steps. */
    public Optional<StepCost> fit() {
        if (samples < MIN_SAMPLES) {
            return Optional.empty();
        }
        boolean[] isOut = new boolean[TERMS];
        double[] solution = solve(isOut);
        for (int worst = mostNegative(solution); worst >= 0; worst = mostNegative(solution)) {
            isOut[worst] = true;
            solution = solve(isOut);
        }
        return Optional.of(
                StepCost.newBuilder()
                        .setA(solution[0])
                        .setCPf(solution[1])
                        .setCAttn(solution[2])
                        .setC0(solution[3])
                        .setC1(solution[4])
                        .setAPf(solution[5])
                        .setXFree(freeTokens)
                        .build());
    }

    /** The term whose negative share of the predictions is largest; -1 when none is negative. */
    private int mostNegative(double[] solution) {
        int worst = -1;
        double least = 0;
        for (int i = 0; i < TERMS; i++) {
            double share = solution[i] * Math.sqrt(products[i][i]);
            if (share < least) {
                least = share;
                worst = i;
            }
        }
        return worst;
    }

    /** Gauss's elimination with pivoting, each term scaled to weight 1; those left out give 0. */
    private double[] solve(boolean[] isOut) {
        double[] scale = new double[TERMS];
        double[][] rows = new double[TERMS][TERMS + 1];
        for (int i = 0; i < TERMS; i++) {
            scale[i] = isOut[i] || products[i][i] == 0 ? 0 : 1 / Math.sqrt(products[i][i]);
        }
        for (int i = 0; i < TERMS; i++) {
            for (int j = 0; j < TERMS; j++) {
                rows[i][j] = products[i][j] * scale[i] * scale[j];
            }
            rows[i][i] = scale[i] == 0 ? 1 : rows[i][i] + RIDGE;
            rows[i][TERMS] = targets[i] * scale[i];
        }
        eliminate(rows);
        double[] solution = new double[TERMS];
        for (int i = TERMS - 1; i >= 0; i--) {
            double value = rows[i][TERMS];
            for (int j = i + 1; j < TERMS; j++) {
                value -= rows[i][j] * solution[j];
            }
            solution[i] = value / rows[i][i];
        }
        for (int i = 0; i < TERMS; i++) {
            solution[i] *= scale[i];
        }
        return solution;
    }

    private static void eliminate(double[][] rows) {
        for (int column = 0; column < TERMS; column++) {
            int pivot = column;
            for (int i = column + 1; i < TERMS; i++) {
                pivot = Math.abs(rows[i][column]) > Math.abs(rows[pivot][column]) ? i : pivot;
            }
            double[] swapped = rows[pivot];
            rows[pivot] = rows[column];
            rows[column] = swapped;
            for (int i = column + 1; i < TERMS; i++) {
                double factor = rows[i][column] / swapped[column];
                for (int j = column; j <= TERMS; j++) {
                    rows[i][j] -= factor * swapped[j];
                }
            }
        }
    }
}
