package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/** Work that the GPU does in order, independent of other streams. */
final class Stream implements AutoCloseable {
    private final CUstream_st handle = new CUstream_st();

    Stream() {
        Cuda.check(
                cudart.cudaStreamCreateWithFlags(handle, cudart.cudaStreamNonBlocking),
                "cudaStreamCreate");
    }

    private Stream(int priority) {
        Cuda.check(
                cudart.cudaStreamCreateWithPriority(handle, cudart.cudaStreamNonBlocking, priority),
                "cudaStreamCreateWithPriority");
    }

    /** One whose blocks of threads go ahead of other streams'. */
    static Stream urgent() {
        int[] least = new int[1];
        int[] greatest = new int[1];
        Cuda.check(
                cudart.cudaDeviceGetStreamPriorityRange(least, greatest),
                "cudaDeviceGetStreamPriorityRange");
        return new Stream(greatest[0]);
    }

    CUstream_st handle() {
        return handle;
    }

    /** Enqueues a copy; host memory must be pinned and stay as it is until the copy is done. */
    void copy(Pointer to, Pointer from, long bytes) {
        Cuda.check(
                cudart.cudaMemcpyAsync(to, from, bytes, cudart.cudaMemcpyDefault, handle),
                "cudaMemcpyAsync of " + bytes + " bytes");
    }

    /**
     * As {@link #copy}, of the first bytes of some rows that are equally far apart at both ends.
     */
    void copyRows(Pointer to, Pointer from, long apart, long bytes, int rows) {
        Cuda.check(
                cudart.cudaMemcpy2DAsync(
                        to, apart, from, apart, bytes, rows, cudart.cudaMemcpyDefault, handle),
                "cudaMemcpy2DAsync of " + rows + " rows of " + bytes + " bytes");
    }

    /** Blocks until all work so far is done. */
    void synchronize() {
        Cuda.check(cudart.cudaStreamSynchronize(handle), "cudaStreamSynchronize");
    }

    @Override
    public void close() {
        if (!handle.isNull()) {
            Cuda.check(cudart.cudaStreamDestroy(handle), "cudaStreamDestroy");
            handle.setNull();
        }
    }
}
