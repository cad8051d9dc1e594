package dev.tropical.engine.cuda;

import java.util.concurrent.atomic.AtomicLongArray;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** Memory of the GPU, aligned to 256 bytes; {@link #close} frees it. */
final class DeviceBuffer implements AutoCloseable {
    private static final int MAX_GPUS = 64;

    /** By GPU. */
    private static final AtomicLongArray ALLOCATED = new AtomicLongArray(MAX_GPUS);

    private final Pointer pointer;
    private final long bytes;
    private final int gpu;

    /**
     * On the GPU that the thread uses.
     *
     * @param bytes at least 1
     * @throws CudaException when the GPU has less
     */
    DeviceBuffer(long bytes) {
        this(new Pointer(), bytes);
        Cuda.check(cudart.cudaMalloc(pointer, bytes), "cudaMalloc of " + bytes + " bytes");
        ALLOCATED.addAndGet(gpu, bytes);
    }

    private DeviceBuffer(Pointer pointer, long bytes) {
        this.pointer = pointer;
        this.bytes = bytes;
        this.gpu = GpuDevice.current();
    }

    /**
     * As the constructor, but null when the GPU has less.
     *
     * @throws CudaException when anything else fails
     */
    static @Nullable DeviceBuffer ifThereIsRoom(long bytes) {
        Pointer pointer = new Pointer();
        int code = cudart.cudaMalloc(pointer, bytes);
        if (code == cudart.cudaErrorMemoryAllocation) {
            // Reported once more by the next call that asks, unless it is taken away here.
            code = cudart.cudaGetLastError() == code ? cudart.cudaSuccess : code;
            pointer = null;
        }
        Cuda.check(code, "cudaMalloc of " + bytes + " bytes");
        if (pointer == null) {
            return null;
        }
        DeviceBuffer buffer = new DeviceBuffer(pointer, bytes);
        ALLOCATED.addAndGet(buffer.gpu, bytes);
        return buffer;
    }

    /** Itself, all zeros when this returns. */
    DeviceBuffer zeroed() {
        Cuda.check(cudart.cudaMemset(pointer, 0, bytes), "cudaMemset");
        Cuda.check(cudart.cudaDeviceSynchronize(), "cudaDeviceSynchronize");
        return this;
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
