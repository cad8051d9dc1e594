package dev.tropical.engine.cuda;

import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclUniqueId;

/** NCCL between the ranks of one process; {@link #close} frees it. */
final class NcclCommunicator implements AutoCloseable {
    private final ncclComm handle = new ncclComm();
    private final Address place = new Address(0);

    /** What all ranks of a communicator must know; made by one of them. */
    static byte[] newId() {
        try (ncclUniqueId id = new ncclUniqueId()) {
            Cuda.checkNccl(nccl.ncclGetUniqueId(id), "ncclGetUniqueId");
            byte[] bytes = new byte[nccl.NCCL_UNIQUE_ID_BYTES];
            id.internal().get(bytes);
            return bytes;
        }
    }

    /**
     * Returns when all ranks have called it, on the GPU that the thread uses. Waits without a
     * deadline: to be called when all ranks are known to be about to.
     */
    NcclCommunicator(byte[] id, Shard shard) {
        try (ncclUniqueId unique = new ncclUniqueId()) {
            unique.internal().put(id);
            Cuda.checkNccl(
                    nccl.ncclCommInitRank(handle, shard.ranks(), unique, shard.rank()),
                    "ncclCommInitRank");
        }
    }

    /** Enqueues the sum over ranks of bf16 {@code [count]}, in place. */
    void allReduce(Stream stream, long address, long count) {
        place.at(address);
        Cuda.checkNccl(
                nccl.ncclAllReduce(
                        place,
                        place,
                        count,
                        nccl.ncclBfloat16,
                        nccl.ncclSum,
                        handle,
                        stream.handle()),
                "ncclAllReduce");
    }

    /** Does not wait for the other ranks, as destroying would. */
    @Override
    public void close() {
        if (!handle.isNull()) {
            Cuda.checkNccl(nccl.ncclCommAbort(handle), "ncclCommAbort");
            handle.setNull();
        }
    }
}
