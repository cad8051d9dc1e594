package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLink;
import dev.tropical.engine.model.BlockLinks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Links between the KV pools of two GPUs, by NCCL; {@link #close} closes all that are open. */
final class NcclLinks implements BlockLinks, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NcclLinks.class);

    /**
     * Device memory that the KV pool leaves for links: for one to send by and one to receive by.
     * Those with further peers take as much each of what {@code gpu-memory-utilization} leaves; a
     * peer for which nothing is free gets frames.
     */
    static final long RESERVED_BYTES = 2 * NcclLink.MESSAGE_BYTES;

    private final KvPool pool;
    private final BlockMover mover;
    private final int ctas;
    private final List<NcclLink> open = new ArrayList<>();
    private byte[] nextId;

    /**
     * Starts NCCL, which takes a while.
     *
     * @param ctas multiprocessors that a link takes from the steps while it copies, at most
     */
    NcclLinks(KvPool pool, BlockMover mover, int ctas) {
        this.pool = pool;
        this.mover = mover;
        this.ctas = ctas;
        this.nextId = NcclCommunicator.newId();
    }

    /** Links, if this host has NCCL. */
    static Optional<NcclLinks> find(KvPool pool, BlockMover mover, int ctas) {
        try {
            return Optional.of(new NcclLinks(pool, mover, ctas));
        } catch (LinkageError | CudaException e) {
            LOG.info("no NCCL: KV blocks go to other GPUs by way of the host: {}", e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public byte[] newId(int refused) {
        return newId();
    }

    byte[] newId() {
        byte[] id = nextId;
        nextId = NcclCommunicator.newId();
        return id;
    }

    @Override
    public BlockLink open(byte[] id, boolean isSender) {
        NcclLink link = new NcclLink(id, isSender, pool, mover, ctas);
        open.removeIf(NcclLink::isClosed);
        open.add(link);
        return link;
    }

    @Override
    public void close() {
        open.forEach(NcclLink::close);
        open.clear();
    }
}
