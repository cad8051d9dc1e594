package dev.tropical.engine.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor of a checkpoint, on a read-only memory map of its file.
 *
 * <p>A map's buffers are limited to 2^31 bytes, so a large tensor lies on several, each of {@link
 * #SEGMENT_BYTES} but the last. Immutable; any thread may read.
 */
public final class Tensor {
    /** A multiple of every element size, so that no element straddles two segments. */
    static final int SEGMENT_BYTES = 1 << 30;

    private final String name;
    private final DType dtype;
    private final int[] shape;
    private final Path file;
    private final long position;
    private final List<MappedByteBuffer> segments;

    /**
     * @param position of its first byte in the file
     * @param segments the same bytes, mapped
     */
    Tensor(
            String name,
            DType dtype,
            int[] shape,
            Path file,
            long position,
            List<MappedByteBuffer> segments) {
        this.name = name;
        this.dtype = dtype;
        this.shape = shape.clone();
        this.file = file;
        this.position = position;
        this.segments = List.copyOf(segments);
    }

    public String name() {
        return name;
    }

    public DType dtype() {
        return dtype;
    }

    public int[] shape() {
        return shape.clone();
    }

    /** For those who read it past the map. */
    public Path file() {
        return file;
    }

    /** Of its first byte in the file. */
    public long position() {
        return position;
    }

    /** Copies 16-bit elements as they are: F16 or BF16. */
    public void readBits(long fromElement, short[] out, int count) {
        if (dtype == DType.F32) {
            throw new IllegalStateException(name + ": F32 (expected: F16 or BF16)");
        }
        for (int done = 0; done < count; ) {
            long at = (fromElement + done) * 2;
            int offset = (int) (at % SEGMENT_BYTES);
            int length = Math.min(count - done, (SEGMENT_BYTES - offset) / 2);
            segment(at)
                    .position(offset)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer()
                    .get(out, done, length);
            done += length;
        }
    }

    /** Copies elements as float32, which is exact for each type. */
    public void read(long fromElement, float[] out, int count) {
        if (dtype != DType.F32) {
            short[] bits = new short[count];
            readBits(fromElement, bits, count);
            for (int i = 0; i < count; i++) {
                out[i] =
                        dtype == DType.BF16
                                ? Float.intBitsToFloat(bits[i] << 16)
                                : fromHalf(bits[i]);
            }
            return;
        }
        for (int done = 0; done < count; ) {
            long at = (fromElement + done) * 4;
            int offset = (int) (at % SEGMENT_BYTES);
            int length = Math.min(count - done, (SEGMENT_BYTES - offset) / 4);
            segment(at)
                    .position(offset)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(out, done, length);
            done += length;
        }
    }

    private ByteBuffer segment(long at) {
        return segments.get((int) (at / SEGMENT_BYTES)).duplicate();
    }

    /** IEEE 754 binary16 to float32 (Float.float16ToFloat came with JDK 20). */
    static float fromHalf(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0) {
            // Zero or subnormal: mantissa * 2^-24.
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int bits = exponent == 31 ? 0xff : exponent + 127 - 15;
        return Float.intBitsToFloat(sign | bits << 23 | mantissa << 13);
    }
}
