package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLink;
import dev.tropical.engine.model.BlockLinks;
import dev.tropical.engine.model.LinkKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Links of either kind: the sender says by a link's id which it is. A peer that cannot map this
 * engine's pool is offered one by NCCL. {@link #close} closes all that are open.
 */
final class CudaLinks implements BlockLinks, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CudaLinks.class);

    private final KvPool pool;
    private final LinkKind kind;
    private final NcclLinks nccl;
    private final List<CopyLink> open = new ArrayList<>();

    private CudaLinks(KvPool pool, LinkKind kind, NcclLinks nccl) {
        this.pool = pool;
        this.kind = kind;
        this.nccl = nccl;
    }

    /**
     * Links, if this host has NCCL, over which peers may ask for theirs.
     *
     * @param kind of those that this engine sends by
     * @param ctas multiprocessors that NCCL takes at most
     */
    static Optional<CudaLinks> find(KvPool pool, BlockMover mover, LinkKind kind, int ctas) {
        return NcclLinks.find(pool, mover, ctas).map(nccl -> new CudaLinks(pool, kind, nccl));
    }

    @Override
    public byte[] newId(int refused) {
        if (kind == LinkKind.COPY && refused == 0) {
            try {
                return SharedPool.of(pool).newLinkId();
            } catch (CudaException e) {
                LOG.warn("a link by NCCL, as the KV pool cannot be shared: {}", e.getMessage());
            }
        }
        return nccl.newId();
    }

    @Override
    public BlockLink open(byte[] id, boolean isSender) {
        Optional<SharedPool> shared = SharedPool.of(id);
        if (shared.isEmpty()) {
            return nccl.open(id, isSender);
        }
        if (isSender) {
            return new CopySource();
        }
        CopyLink link = new CopyLink(shared.get(), pool);
        open.removeIf(CopyLink::isClosed);
        open.add(link);
        return link;
    }

    @Override
    public void close() {
        open.forEach(CopyLink::close);
        open.clear();
        nccl.close();
    }
}
