package dev.tropical.engine.cuda;

import dev.tropical.engine.model.Bf16;
import java.util.Random;

/** Arrays on the GPU for one test; freed together. */
final class GpuArrays implements AutoCloseable {
    final Stream stream = new Stream();
    private final Owned owned = new Owned();

    /** What a fresh result holds: a value that no kernel computes, to see unwritten elements. */
    private static final byte POISON = 0x7f;

    DeviceBuffer bf16(float[] values) {
        DeviceBuffer buffer = owned.device(2L * values.length);
        try (PinnedBuffer staging = new PinnedBuffer(2L * values.length)) {
            for (int i = 0; i < values.length; i++) {
                staging.view().putShort(2 * i, Bf16.of(values[i]));
            }
            upload(buffer, staging);
        }
        return buffer;
    }

    DeviceBuffer float32(float[] values) {
        DeviceBuffer buffer = owned.device(4L * values.length);
        try (PinnedBuffer staging = new PinnedBuffer(4L * values.length)) {
            staging.view().asFloatBuffer().put(values);
            upload(buffer, staging);
        }
        return buffer;
    }

    DeviceBuffer ints(int... values) {
        DeviceBuffer buffer = owned.device(4L * Math.max(1, values.length));
        try (PinnedBuffer staging = new PinnedBuffer(buffer.bytes())) {
            staging.view().asIntBuffer().put(values);
            upload(buffer, staging);
        }
        return buffer;
    }

    /** A result's memory. */
    DeviceBuffer poisoned(long bytes) {
        DeviceBuffer buffer = owned.device(bytes);
        try (PinnedBuffer staging = new PinnedBuffer(bytes)) {
            for (int i = 0; i < bytes; i++) {
                staging.view().put(i, POISON);
            }
            upload(buffer, staging);
        }
        return buffer;
    }

    /** Memory that a kernel is about to fill. */
    DeviceBuffer uninitialized(long bytes) {
        return owned.device(bytes);
    }

    private void upload(DeviceBuffer to, PinnedBuffer from) {
        stream.copy(to.pointer(), from.pointer(), to.bytes());
        stream.synchronize();
    }

    float[] readBf16(DeviceBuffer from) {
        float[] values = new float[(int) (from.bytes() / 2)];
        try (PinnedBuffer staging = download(from)) {
            for (int i = 0; i < values.length; i++) {
                values[i] = Bf16.toFloat(staging.view().getShort(2 * i));
            }
        }
        return values;
    }

    float[] readFloat32(DeviceBuffer from) {
        float[] values = new float[(int) (from.bytes() / 4)];
        try (PinnedBuffer staging = download(from)) {
            staging.view().asFloatBuffer().get(values);
        }
        return values;
    }

    int[] readInts(DeviceBuffer from) {
        int[] values = new int[(int) (from.bytes() / 4)];
        try (PinnedBuffer staging = download(from)) {
            staging.view().asIntBuffer().get(values);
        }
        return values;
    }

    private PinnedBuffer download(DeviceBuffer from) {
        stream.synchronize();
        PinnedBuffer staging = new PinnedBuffer(from.bytes());
        stream.copy(staging.pointer(), from.pointer(), from.bytes());
        stream.synchronize();
        return staging;
    }

    /** Normal numbers times {@code deviation}, rounded to bf16: what the kernel will see. */
    static float[] random(Random random, int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Bf16.toFloat(Bf16.of((float) (random.nextGaussian() * deviation)));
        }
        return values;
    }

    /** {@code |actual - expected| / |expected|} in the 2-norm; infinite where NaN. */
    static double error(float[] actual, double[] expected) {
        if (actual.length != expected.length) {
            throw new AssertionError(actual.length + " elements (expected: " + expected.length);
        }
        double difference = 0;
        double magnitude = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(actual[i] - expected[i], 2);
            magnitude += Math.pow(expected[i], 2);
        }
        double error = Math.sqrt(difference / magnitude);
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    @Override
    public void close() {
        stream.synchronize();
        owned.close();
        stream.close();
    }
}
