package dev.tropical.engine.model;

import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding: dimension i of a head pairs with {@code i + headDim / 2}, and the pair
 * at position p turns by {@code p * frequency[i]}.
 *
 * @param theta base of the frequencies
 * @param llama3 long-context scaling of Llama 3.1, or null
 */
public record Rope(double theta, @Nullable Llama3Scaling llama3) {
    /**
     * Slows wavelengths longer than {@code originalMaxPositions / lowFreqFactor} down by {@code
     * factor}, leaves those shorter than {@code originalMaxPositions / highFreqFactor} alone, and
     * blends between.
     */
    public record Llama3Scaling(
            double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions) {
        public Llama3Scaling {
            if (factor < 1
                    || lowFreqFactor <= 0
                    || highFreqFactor <= lowFreqFactor
                    || originalMaxPositions < 1) {
                throw new IllegalArgumentException(
                        "rope_scaling: factor "
                                + factor
                                + ", low_freq_factor "
                                + lowFreqFactor
                                + ", high_freq_factor "
                                + highFreqFactor
                                + ", original_max_position_embeddings "
                                + originalMaxPositions
                                + " (expected: factor >= 1, 0 < low < high, a positive length)");
            }
        }
    }

    public Rope {
        if (!(theta > 0)) {
            throw new IllegalArgumentException("rope_theta: " + theta + " (expected: > 0)");
        }
    }

    /**
     * Radians a position, {@code [headDim / 2]}. In float32 as the reference computes it: at long
     * positions the rounding is part of what the model was trained with.
     */
    public float[] frequencies(int headDim) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = 2f * i / headDim;
            float frequency = 1f / (float) StrictMath.pow(theta, exponent);
            frequencies[i] = llama3 == null ? frequency : scale(frequency, llama3);
        }
        return frequencies;
    }

    private static float scale(float frequency, Llama3Scaling scaling) {
        double turns = scaling.originalMaxPositions * (frequency / (2 * Math.PI));
        double smooth =
                (turns - scaling.lowFreqFactor) / (scaling.highFreqFactor - scaling.lowFreqFactor);
        double kept = Math.min(1, Math.max(0, smooth));
        return (float) ((1 - kept) * frequency / scaling.factor + kept * frequency);
    }
}
