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
        return open(number, Shard.WHOLE);
    }

    /**
     * As {@link #open(int)}, for a rank: ranks have GPUs of their own, one after the other.
     *
     * @param number of rank 0's
     * @throws CudaException when there are fewer GPUs than ranks, too
     */
    static GpuDevice open(int number, Shard shard) {
        int count = count();
        if (shard.ranks() > count) {
            throw new CudaException(
                    "tensor-parallel-size: "
                            + shard.ranks()
                            + " (expected: at most the number of GPUs, "
                            + count
                            + ")");
        }
        int index = (number + shard.rank()) % count;
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

    /**
     * Lets this GPU's kernels read and write another one's memory.
     *
     * @throws CudaException when the two are not linked
     */
    void mapMemoryOf(int peer) {
        int[] can = new int[1];
        Cuda.check(
                cudart.cudaDeviceCanAccessPeer(can, index, peer),
                "cudaDeviceCanAccessPeer(" + index + ", " + peer + ")");
        if (can[0] == 0) {
            throw new CudaException(
                    "GPU "
                            + index
                            + " cannot reach the memory of GPU "
                            + peer
                            + " (expected: NVLink or PCIe peer access)");
        }
        int code = cudart.cudaDeviceEnablePeerAccess(peer, 0);
        if (code == cudart.cudaErrorPeerAccessAlreadyEnabled) {
            // Reported once more by the next call that asks, unless it is taken away here.
            code = cudart.cudaGetLastError() == code ? cudart.cudaSuccess : code;
        }
        Cuda.check(code, "cudaDeviceEnablePeerAccess(" + peer + ")");
    }

    /** Index of the GPU that the calling thread uses. */
    static int current() {
        int[] index = new int[1];
        Cuda.check(cudart.cudaGetDevice(index), "cudaGetDevice");
        return index[0];
    }

    /** GPUs that the process sees. */
    static int count() {
        int[] count = new int[1];
        Cuda.check(cudart.cudaGetDeviceCount(count), "cudaGetDeviceCount");
        return count[0];
    }

    /** What a block of threads may use at most. */
    int sharedBytesOfBlock() {
        return attribute(index, cudart.cudaDevAttrMaxSharedMemoryPerBlockOptin);
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
            return new GpuMemory(DeviceBuffer.allocatedBytes(index), free.get(), total.get());
        }
    }
}
