package dev.tropical.engine.sampling;

import java.util.Arrays;

/**
 * The tokens that a draw may choose from, with their weights. Working memory of a sampling thread;
 * each draw fills it anew.
 *
 * <p>"Most likely first" always means: larger logit first, and of equal ones the lower id.
 */
public final class Candidates {
    /** [count] in ascending order. */
    private final int[] ids;

    private final float[] logits;
    private final float[] selection;

    /** [vocabSize] by token id; set for candidates only. */
    private final double[] weights;

    private final long[] keys;
    private int count;
    private float max;

    /** For rows of so many logits. */
    public Candidates(int vocabSize) {
        ids = new int[vocabSize];
        logits = new float[vocabSize];
        selection = new float[vocabSize];
        weights = new double[vocabSize];
        keys = new long[vocabSize];
    }

    int size() {
        return count;
    }

    /** All tokens of a row but those at minus infinity. */
    void fill(float[] row, int offset) {
        count = 0;
        max = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < logits.length; id++) {
            // A huge bias may have made it infinite, and infinities have no differences.
            float logit = Math.min(row[offset + id], Float.MAX_VALUE);
            if (logit > Float.NEGATIVE_INFINITY) {
                logits[id] = logit;
                ids[count++] = id;
                max = Math.max(max, logit);
            }
        }
    }

    /** Keeps the k most likely. */
    void keepTop(int k) {
        if (k >= count) {
            return;
        }
        for (int i = 0; i < count; i++) {
            selection[i] = logits[ids[i]];
        }
        float threshold = Selection.largest(selection, count, k);
        int above = 0;
        for (int i = 0; i < count; i++) {
            above += logits[ids[i]] > threshold ? 1 : 0;
        }
        int atThreshold = k - above;
        int kept = 0;
        for (int i = 0; i < count; i++) {
            float logit = logits[ids[i]];
            if (logit > threshold || (logit == threshold && atThreshold-- > 0)) {
                ids[kept++] = ids[i];
            }
        }
        count = kept;
    }

    /** Weighs each candidate with {@code exp((logit - largest) / temperature)}. */
    void weigh(float temperature) {
        for (int i = 0; i < count; i++) {
            int id = ids[i];
            weights[id] = Math.exp(((double) logits[id] - max) / temperature);
        }
    }

    /** Keeps the most likely until their weights reach {@code p} of the total. */
    void keepMass(double p) {
        double total = total();
        // All candidates below this weigh less than (1 - p) of the total together, so the others
        // suffice; only those are sorted.
        double negligible = (1 - p) * total / count;
        int sorted = 0;
        for (int i = 0; i < count; i++) {
            if (weights[ids[i]] >= negligible) {
                keys[sorted++] = descendingKey(ids[i]);
            }
        }
        Arrays.sort(keys, 0, sorted);
        double mass = 0;
        int kept = 0;
        while (kept < sorted && (kept == 0 || mass < p * total)) {
            ids[kept] = (int) keys[kept];
            mass += weights[ids[kept]];
            kept++;
        }
        Arrays.sort(ids, 0, kept);
        count = kept;
    }

    private long descendingKey(int id) {
        int bits = Float.floatToIntBits(logits[id]);
        int ascending = bits ^ (bits >> 31 & Integer.MAX_VALUE);
        return (long) ~ascending << 32 | id;
    }

    /** Keeps those that weigh at least {@code fraction} of the most likely one. */
    void keepRelative(double fraction) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            // The most likely one weighs exactly 1.
            if (weights[ids[i]] >= fraction) {
                ids[kept++] = ids[i];
            }
        }
        count = kept;
    }

    /**
     * The lowest id up to which the weights, added in order of ids, exceed {@code u} of the total.
     */
    int draw(double u) {
        double target = u * total();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights[ids[i]];
            if (sum > target) {
                return ids[i];
            }
        }
        return ids[count - 1];
    }

    private double total() {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[ids[i]];
        }
        return total;
    }
}
