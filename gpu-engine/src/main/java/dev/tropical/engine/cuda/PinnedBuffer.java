package dev.tropical.engine.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/** Page-locked host memory, which the GPU copies without the CPU; {@link #close} frees it. */
final class PinnedBuffer implements AutoCloseable {
    private final Pointer pointer = new Pointer();
    private final ByteBuffer view;

    /**
     * @param bytes in [1, 2^31)
     */
    PinnedBuffer(long bytes) {
        if (bytes < 1 || bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "pinned buffer: " + bytes + " bytes (expected: in [1, 2^31))");
        }
        Cuda.check(cudart.cudaMallocHost(pointer, bytes), "cudaMallocHost of " + bytes + " bytes");
        view = pointer.capacity(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** The whole of it; not to be used after {@link #close}. */
    ByteBuffer view() {
        return view;
    }

    long address() {
        return pointer.address();
    }

    Pointer pointer() {
        return pointer;
    }

    @Override
    public void close() {
        if (!pointer.isNull()) {
            Cuda.check(cudart.cudaFreeHost(pointer), "cudaFreeHost");
            pointer.setNull();
        }
    }
}
