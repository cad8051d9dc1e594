package dev.tropical.engine.cpu.kernels;

import jdk.incubator.vector.FloatVector;

/** A matrix of float32 weights; float16 ones become such. */
public final class Float32Matrix extends PackedMatrix {
    private final float[] weights;

    /** All zeros until {@link #setRow}. */
    public Float32Matrix(int rows, int cols) {
        super(rows, cols);
        weights = new float[paddedRows(rows) * cols];
    }

    /**
     * Sets a row from {@code values[offset, offset + cols)}. Different panels may be set by
     * different threads.
     */
    public void setRow(int row, float[] values, int offset) {
        int to = row / PANEL * PANEL * cols + row % PANEL;
        for (int col = 0; col < cols; col++) {
            weights[to + col * PANEL] = values[offset + col];
        }
    }

    @Override
    public void copyRow(int row, float[] out, int outOffset) {
        int from = row / PANEL * PANEL * cols + row % PANEL;
        for (int col = 0; col < cols; col++) {
            out[outOffset + col] = weights[from + col * PANEL];
        }
    }

    private static FloatVector load(float[] weights, int at) {
        return FloatVector.fromArray(Lanes.FLOATS, weights, at);
    }

    @Override
    void multiplyOne(int panel, float[] in, int inOffset, float[] out, int outOffset) {
        float[] w = weights;
        int size = cols * PANEL;
        for (int c = 0; c < PANEL; c += 2 * Lanes.COUNT) {
            int at = panel * size + c;
            int next = at + Lanes.COUNT;
            FloatVector a = FloatVector.zero(Lanes.FLOATS);
            FloatVector b = a;
            FloatVector d = a;
            FloatVector e = a;
            for (int k = 0; k < cols; k++) {
                FloatVector x = FloatVector.broadcast(Lanes.FLOATS, in[inOffset + k]);
                a = load(w, at + k * PANEL).fma(x, a);
                b = load(w, next + k * PANEL).fma(x, b);
                d = load(w, at + size + k * PANEL).fma(x, d);
                e = load(w, next + size + k * PANEL).fma(x, e);
            }
            a.intoArray(out, outOffset + c);
            b.intoArray(out, outOffset + c + Lanes.COUNT);
            d.intoArray(out, outOffset + c + PANEL);
            e.intoArray(out, outOffset + c + PANEL + Lanes.COUNT);
        }
    }

    @Override
    void multiplyFour(
            int panel,
            float[] in,
            int inOffset,
            int count,
            float[] out,
            int outOffset,
            int stride) {
        float[] w = weights;
        for (int c = 0; c < PANEL; c += 2 * Lanes.COUNT) {
            int at = panel * cols * PANEL + c;
            int next = at + Lanes.COUNT;
            FloatVector a0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector a1 = a0;
            FloatVector a2 = a0;
            FloatVector a3 = a0;
            FloatVector b0 = a0;
            FloatVector b1 = a0;
            FloatVector b2 = a0;
            FloatVector b3 = a0;
            for (int k = 0; k < cols; k++) {
                FloatVector a = load(w, at + k * PANEL);
                FloatVector b = load(w, next + k * PANEL);
                int x = inOffset + k * 4;
                FloatVector x0 = FloatVector.broadcast(Lanes.FLOATS, in[x + 0]);
                a0 = a.fma(x0, a0);
                b0 = b.fma(x0, b0);
                FloatVector x1 = FloatVector.broadcast(Lanes.FLOATS, in[x + 1]);
                a1 = a.fma(x1, a1);
                b1 = b.fma(x1, b1);
                FloatVector x2 = FloatVector.broadcast(Lanes.FLOATS, in[x + 2]);
                a2 = a.fma(x2, a2);
                b2 = b.fma(x2, b2);
                FloatVector x3 = FloatVector.broadcast(Lanes.FLOATS, in[x + 3]);
                a3 = a.fma(x3, a3);
                b3 = b.fma(x3, b3);
            }
            store(a0, b0, out, outOffset + c);
            if (count > 1) {
                store(a1, b1, out, outOffset + c + 1 * stride);
            }
            if (count > 2) {
                store(a2, b2, out, outOffset + c + 2 * stride);
            }
            if (count > 3) {
                store(a3, b3, out, outOffset + c + 3 * stride);
            }
        }
    }

    @Override
    void multiplyEight(
            int panel,
            float[] in,
            int inOffset,
            int count,
            float[] out,
            int outOffset,
            int stride) {
        float[] w = weights;
        for (int c = 0; c < PANEL; c += 2 * Lanes.COUNT) {
            int at = panel * cols * PANEL + c;
            int next = at + Lanes.COUNT;
            FloatVector a0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector a1 = a0;
            FloatVector a2 = a0;
            FloatVector a3 = a0;
            FloatVector a4 = a0;
            FloatVector a5 = a0;
            FloatVector a6 = a0;
            FloatVector a7 = a0;
            FloatVector b0 = a0;
            FloatVector b1 = a0;
            FloatVector b2 = a0;
            FloatVector b3 = a0;
            FloatVector b4 = a0;
            FloatVector b5 = a0;
            FloatVector b6 = a0;
            FloatVector b7 = a0;
            for (int k = 0; k < cols; k++) {
                FloatVector a = load(w, at + k * PANEL);
                FloatVector b = load(w, next + k * PANEL);
                int x = inOffset + k * 8;
                FloatVector x0 = FloatVector.broadcast(Lanes.FLOATS, in[x + 0]);
                a0 = a.fma(x0, a0);
                b0 = b.fma(x0, b0);
                FloatVector x1 = FloatVector.broadcast(Lanes.FLOATS, in[x + 1]);
                a1 = a.fma(x1, a1);
                b1 = b.fma(x1, b1);
                FloatVector x2 = FloatVector.broadcast(Lanes.FLOATS, in[x + 2]);
                a2 = a.fma(x2, a2);
                b2 = b.fma(x2, b2);
                FloatVector x3 = FloatVector.broadcast(Lanes.FLOATS, in[x + 3]);
                a3 = a.fma(x3, a3);
                b3 = b.fma(x3, b3);
                FloatVector x4 = FloatVector.broadcast(Lanes.FLOATS, in[x + 4]);
                a4 = a.fma(x4, a4);
                b4 = b.fma(x4, b4);
                FloatVector x5 = FloatVector.broadcast(Lanes.FLOATS, in[x + 5]);
                a5 = a.fma(x5, a5);
                b5 = b.fma(x5, b5);
                FloatVector x6 = FloatVector.broadcast(Lanes.FLOATS, in[x + 6]);
                a6 = a.fma(x6, a6);
                b6 = b.fma(x6, b6);
                FloatVector x7 = FloatVector.broadcast(Lanes.FLOATS, in[x + 7]);
                a7 = a.fma(x7, a7);
                b7 = b.fma(x7, b7);
            }
            store(a0, b0, out, outOffset + c);
            if (count > 1) {
                store(a1, b1, out, outOffset + c + 1 * stride);
            }
            if (count > 2) {
                store(a2, b2, out, outOffset + c + 2 * stride);
            }
            if (count > 3) {
                store(a3, b3, out, outOffset + c + 3 * stride);
            }
            if (count > 4) {
                store(a4, b4, out, outOffset + c + 4 * stride);
            }
            if (count > 5) {
                store(a5, b5, out, outOffset + c + 5 * stride);
            }
            if (count > 6) {
                store(a6, b6, out, outOffset + c + 6 * stride);
            }
            if (count > 7) {
                store(a7, b7, out, outOffset + c + 7 * stride);
            }
        }
    }

    private static void store(FloatVector a, FloatVector b, float[] out, int at) {
        a.intoArray(out, at);
        b.intoArray(out, at + Lanes.COUNT);
    }
}
