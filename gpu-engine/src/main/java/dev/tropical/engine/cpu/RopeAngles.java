package dev.tropical.engine.cpu;

/** Sines and cosines of a slice's positions; computed once a slice, used by every layer. */
final class RopeAngles {
    private final float[] frequencies;
    private final float[] cos;
    private final float[] sin;

    RopeAngles(float[] frequencies, int maxTokens) {
        this.frequencies = frequencies;
        this.cos = new float[maxTokens * frequencies.length];
        this.sin = new float[maxTokens * frequencies.length];
    }

    void set(int token, int position) {
        int half = frequencies.length;
        for (int i = 0; i < half; i++) {
            float angle = position * frequencies[i];
            cos[token * half + i] = (float) StrictMath.cos(angle);
            sin[token * half + i] = (float) StrictMath.sin(angle);
        }
    }

    /** Turns a head {@code [headDim]} of a token in place. */
    void rotate(int token, float[] head, int offset) {
        int half = frequencies.length;
        int angles = token * half;
        for (int i = 0; i < half; i++) {
            float left = head[offset + i];
            float right = head[offset + half + i];
            head[offset + i] = left * cos[angles + i] - right * sin[angles + i];
            head[offset + half + i] = right * cos[angles + i] + left * sin[angles + i];
        }
    }
}
