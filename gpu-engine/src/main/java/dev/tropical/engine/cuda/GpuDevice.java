package dev.tropical.engine.cuda;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * The GPU that the calling thread uses from now on.
 *
 * @param index of it, among those that the process sees
 * @param capability e.g. 90 for 9.0
 * @param multiprocessors of it
 */
record GpuDevice(int index, int capability, int multiprocessors) {
    /** The oldest with bf16 tensor cores and asynchronous copies. */
    private static final int MIN_CAPABILITY = 80;

    /**
     * Makes a GPU the calling thread's.
     *
     * @param number of it, counted round those that there are
     * @throws CudaException when there is none, or it is too old
     */
    static GpuDevice open(int number) {
        int[] count = new int[1];
        Cuda.check(cudart.cudaGetDeviceCount(count), "cudaGetDeviceCount");
        int index = number % count[0];
        Cuda.check(cudart.cudaSetDevice(index), "cudaSetDevice(" + index + ")");
        int capability =
                attribute(index, cudart.cudaDevAttrComputeCapabilityMajor) * 10
                        + attribute(index, cudart.cudaDevAttrComputeCapabilityMinor);
        if (capability < MIN_CAPABILITY) {
            throw new CudaException(
                    "GPU of compute capability " + capability / 10.0 + " (expected: 8.0 or later)");
        }
        return new GpuDevice(
                index, capability, attribute(index, cudart.cudaDevAttrMultiProcessorCount));
    }

    private static int attribute(int index, int name) {
        int[] value = new int[1];
        Cuda.check(cudart.cudaDeviceGetAttribute(value, name, index), "cudaDeviceGetAttribute");
        return value[0];
    }

    /** What the compiler builds for: Hopper's own instructions exist on 9.0 alone, hence the a. */
    String architecture() {
        return capability == 90 ? "sm_90a" : "sm_" + capability;
    }

    /** Its memory now. */
    GpuMemory memory() {
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            Cuda.check(cudart.cudaMemGetInfo(free, total), "cudaMemGetInfo");
            return new GpuMemory(DeviceBuffer.allocatedBytes(), free.get(), total.get());
        }
    }
}
