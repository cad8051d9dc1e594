package dev.tropical.engine.cuda;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;

/** A mark in a stream, with the time at which the GPU passed it. */
final class Event implements AutoCloseable {
    private final CUevent_st handle = new CUevent_st();
    private final float[] milliseconds = new float[1];

    Event() {
        Cuda.check(cudart.cudaEventCreateWithFlags(handle, 0), "cudaEventCreate");
    }

    void record(Stream stream) {
        Cuda.check(cudart.cudaEventRecord(handle, stream.handle()), "cudaEventRecord");
    }

    /**
     * Whether the GPU has passed the last {@link #record}.
     *
     * @throws CudaException when work before it failed
     */
    boolean isDone() {
        int code = cudart.cudaEventQuery(handle);
        if (code == cudart.cudaErrorNotReady) {
            return false;
        }
        Cuda.check(code, "cudaEventQuery");
        return true;
    }

    /** Blocks until then; at once where nothing was recorded. */
    void await() {
        Cuda.check(cudart.cudaEventSynchronize(handle), "cudaEventSynchronize");
    }

    /** Nanoseconds from another event's mark to this one; both are done. */
    long nanosSince(Event other) {
        Cuda.check(
                cudart.cudaEventElapsedTime(milliseconds, other.handle, handle),
                "cudaEventElapsedTime");
        return (long) (milliseconds[0] * 1e6);
    }

    @Override
    public void close() {
        if (!handle.isNull()) {
            Cuda.check(cudart.cudaEventDestroy(handle), "cudaEventDestroy");
            handle.setNull();
        }
    }
}
