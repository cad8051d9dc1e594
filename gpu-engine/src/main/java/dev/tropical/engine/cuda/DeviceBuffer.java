package dev.tropical.engine.cuda;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/** Memory of the GPU, aligned to 256 bytes; {@link #close} frees it. */
final class DeviceBuffer implements AutoCloseable {
    private static final AtomicLong ALLOCATED = new AtomicLong();

    private final Pointer pointer = new Pointer();
    private final long bytes;

    /**
     * @param bytes at least 1
     * @throws CudaException when the GPU has less
     */
    DeviceBuffer(long bytes) {
        Cuda.check(cudart.cudaMalloc(pointer, bytes), "cudaMalloc of " + bytes + " bytes");
        this.bytes = bytes;
        ALLOCATED.addAndGet(bytes);
    }

    /** Bytes of all buffers of this process that are not closed. */
    static long allocatedBytes() {
        return ALLOCATED.get();
    }

    long address() {
        return pointer.address();
    }

    long bytes() {
        return bytes;
    }

    Pointer pointer() {
        return pointer;
    }

    @Override
    public void close() {
        if (!pointer.isNull()) {
            Cuda.check(cudart.cudaFree(pointer), "cudaFree");
            pointer.setNull();
            ALLOCATED.addAndGet(-bytes);
        }
    }
}
