package dev.tropical.engine.cuda;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.cuda.cudart.cudaIpcMemHandle_t;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/**
 * A KV pool as another process of the host may map it, which only sees it where it has the handle.
 *
 * @param numBlocks of the pool
 * @param blockBytes of each
 * @param handle CUDA's
 */
record SharedPool(int numBlocks, int blockBytes, byte[] handle) {
    /** Tells an id from NCCL's, which has other bytes and another length. */
    private static final byte[] MAGIC = {'C', 'O', 'P', 'Y'};

    /** No two links have the same id. */
    private static final int NONCE_BYTES = 16;

    /** CUDA_IPC_HANDLE_SIZE, without its library. */
    private static final int HANDLE_BYTES = 64;

    private static final int ID_BYTES =
            MAGIC.length + NONCE_BYTES + 2 * Integer.BYTES + HANDLE_BYTES;

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * @throws CudaException when the host does not share GPU memory between processes
     */
    static SharedPool of(KvPool pool) {
        byte[] bytes = new byte[HANDLE_BYTES];
        try (cudaIpcMemHandle_t handle = new cudaIpcMemHandle_t()) {
            Cuda.check(
                    cudart.cudaIpcGetMemHandle(handle, pool.blocks().pointer()),
                    "cudaIpcGetMemHandle");
            handle.reserved().get(bytes);
        }
        return new SharedPool(pool.numBlocks(), pool.blockBytes(), bytes);
    }

    /** A new link's id, from which its other end reads the pool. */
    byte[] newLinkId() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return ByteBuffer.allocate(ID_BYTES)
                .put(MAGIC)
                .put(nonce)
                .putInt(numBlocks)
                .putInt(blockBytes)
                .put(handle)
                .array();
    }

    /** The pool that a link's id names; empty when it is an id of NCCL's. */
    static Optional<SharedPool> of(byte[] linkId) {
        if (linkId.length != ID_BYTES
                || !Arrays.equals(linkId, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return Optional.empty();
        }
        ByteBuffer rest = ByteBuffer.wrap(linkId).position(MAGIC.length + NONCE_BYTES);
        int numBlocks = rest.getInt();
        int blockBytes = rest.getInt();
        byte[] handle = new byte[HANDLE_BYTES];
        rest.get(handle);
        return Optional.of(new SharedPool(numBlocks, blockBytes, handle));
    }

    /**
     * Maps it for the GPU that the thread uses; to be given to {@link #unmap}.
     *
     * @throws CudaException when it is another host's, its process has ended, or the two GPUs are
     *     not linked
     */
    Pointer map() {
        Pointer base = new Pointer();
        try (cudaIpcMemHandle_t opened = new cudaIpcMemHandle_t()) {
            opened.reserved().put(handle);
            int code =
                    cudart.cudaIpcOpenMemHandle(
                            base, opened, cudart.cudaIpcMemLazyEnablePeerAccess);
            Cuda.check(code, "cudaIpcOpenMemHandle");
        }
        return base;
    }

    /**
     * Ends what {@link #map} has begun.
     *
     * @throws CudaException when the memory is not there any more
     */
    static void unmap(Pointer base) {
        Cuda.check(cudart.cudaIpcCloseMemHandle(base), "cudaIpcCloseMemHandle");
    }
}
