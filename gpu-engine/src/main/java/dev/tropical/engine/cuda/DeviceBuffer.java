package dev.tropical.engine.cuda;

import java.util.concurrent.atomic.AtomicLongArray;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/** Memory of the GPU, aligned to 256 bytes; {@link #close} frees it. */
final class DeviceBuffer implements AutoCloseable {
    private static final int MAX_GPUS = 64;

    /** By GPU. */
    private static final AtomicLongArray ALLOCATED = new AtomicLongArray(MAX_GPUS);

    private final Pointer pointer = new Pointer();
    private final long bytes;
    private final int gpu;

    /**
     * On the GPU that the thread uses.
     *
     * @param bytes at least 1
     * @throws CudaException when the GPU has less
     */
    DeviceBuffer(long bytes) {
        Cuda.check(cudart.cudaMalloc(pointer, bytes), "cudaMalloc of " + bytes + " bytes");
        this.bytes = bytes;
        this.gpu = GpuDevice.current();
        ALLOCATED.addAndGet(gpu, bytes);
    }

    /** Bytes of all buffers of this process on a GPU that are not closed. */
    static long allocatedBytes(int gpu) {
        return ALLOCATED.get(gpu);
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
            ALLOCATED.addAndGet(gpu, -bytes);
        }
    }
}
