package dev.tropical.engine.cuda;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Turns return codes into exceptions; every native call of this package goes through here. */
final class Cuda {
    private Cuda() {}

    /**
     * Of the runtime.
     *
     * @throws CudaException unless the code says success
     */
    static void check(int code, String call) {
        if (code != cudart.cudaSuccess) {
            throw new CudaException(
                    call
                            + ": "
                            + cudart.cudaGetErrorName(code).getString()
                            + ": "
                            + cudart.cudaGetErrorString(code).getString());
        }
    }

    /** Of the driver. */
    static void checkDriver(int code, String call) {
        if (code != cudart.CUDA_SUCCESS) {
            try (PointerPointer<BytePointer> name = new PointerPointer<>(1)) {
                boolean isKnown = cudart.cuGetErrorName(code, name) == cudart.CUDA_SUCCESS;
                throw new CudaException(
                        call
                                + ": "
                                + (isKnown ? name.get(BytePointer.class, 0).getString() : code));
            }
        }
    }

    /** Of the run-time compiler. */
    static void checkCompiler(int code, String call) {
        if (code != nvrtc.NVRTC_SUCCESS) {
            throw new CudaException(call + ": " + nvrtc.nvrtcGetErrorString(code).getString());
        }
    }

    /** Of NCCL. */
    static void checkNccl(int code, String call) {
        if (code != nccl.ncclSuccess) {
            throw new CudaException(call + ": " + nccl.ncclGetErrorString(code).getString());
        }
    }

    /** Of cuBLASLt. */
    static void checkBlas(int code, String call) {
        if (code != 0) {
            throw new CudaException(call + ": cublasStatus " + code + " (expected: 0)");
        }
    }
}
