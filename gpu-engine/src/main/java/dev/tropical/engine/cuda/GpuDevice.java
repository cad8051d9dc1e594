package dev.tropical.engine.cuda;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * The GPU that the calling thread uses from now on.
 *
 * @param capability e.g. 90 for 9.0
 * @param multiprocessors of it
 * @param sharedBytes that one of its blocks may have at most
 */
record GpuDevice(int capability, int multiprocessors, int sharedBytes) {
    /** The oldest with bf16 tensor cores and asynchronous copies. */
    private static final int MIN_CAPABILITY = 80;

    /**
     * Makes GPU 0 the calling thread's.
     *
     * @throws CudaException when there is none, or it is too old
     */
    static GpuDevice open() {
        int[] count = new int[1];
        Cuda.check(cudart.cudaGetDeviceCount(count), "cudaGetDeviceCount");
        Cuda.check(cudart.cudaSetDevice(0), "cudaSetDevice(0)");
        int capability =
                attribute(cudart.cudaDevAttrComputeCapabilityMajor) * 10
                        + attribute(cudart.cudaDevAttrComputeCapabilityMinor);
        if (capability < MIN_CAPABILITY) {
            throw new CudaException(
                    "GPU of compute capability " + capability / 10.0 + " (expected: 8.0 or later)");
        }
        return new GpuDevice(
                capability,
                attribute(cudart.cudaDevAttrMultiProcessorCount),
                attribute(cudart.cudaDevAttrMaxSharedMemoryPerBlockOptin));
    }

    private static int attribute(int name) {
        int[] value = new int[1];
        Cuda.check(cudart.cudaDeviceGetAttribute(value, name, 0), "cudaDeviceGetAttribute");
        return value[0];
    }

    /** What the compiler builds for: Hopper's own instructions exist on 9.0 alone, hence the a. */
    String architecture() {
        return capability == 90 ? "sm_90a" : "sm_" + capability;
    }

    /** Bytes of the GPU's memory: free ones, then all. */
    long[] memory() {
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            Cuda.check(cudart.cudaMemGetInfo(free, total), "cudaMemGetInfo");
            return new long[] {free.get(), total.get()};
        }
    }
}
