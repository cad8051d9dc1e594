package dev.tropical.engine.cpu;

/** Measures of how far logits are apart. */
final class Differences {
    private Differences() {}

    /** The largest difference over the largest expected magnitude; infinite where NaN. */
    static double relative(float[][] actual, float[][] expected) {
        double difference = 0;
        double magnitude = 0;
        for (int row = 0; row < expected.length; row++) {
            for (int i = 0; i < expected[row].length; i++) {
                double here = Math.abs((double) actual[row][i] - expected[row][i]);
                difference =
                        Double.isNaN(here) ? Double.POSITIVE_INFINITY : Math.max(difference, here);
                magnitude = Math.max(magnitude, Math.abs(expected[row][i]));
            }
        }
        return difference / magnitude;
    }

    static int argmax(float[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }
}
