package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.model.BlockLinks;
import dev.tropical.engine.model.DType;
import dev.tropical.protocol.wire.KvReserve;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The receiver's ends of links, one for each sender. Loop thread. */
final class IncomingLinks {
    private final Optional<BlockLinks> device;
    private final DType kvType;
    private final PeerDirectory peers;
    private final TransferOptions options;

    /** By the sender's engine id; closed ones too, whose id must not be opened again. */
    private final Map<String, WatchedLink> links = new HashMap<>();

    IncomingLinks(
            Optional<BlockLinks> device,
            DType kvType,
            PeerDirectory peers,
            TransferOptions options) {
        this.device = device;
        this.kvType = kvType;
        this.peers = peers;
        this.options = options;
    }

    /** Opens this end of a reservation's link; its id if that end stands, else empty. */
    ByteString accept(KvReserve reserve, long nowNs) {
        boolean hasSameNumbers = reserve.getKvType() == KvConversion.announced(kvType);
        boolean isHeard = peers.isAlive(reserve.getEngineId(), reserve.getIncarnation(), nowNs);
        if (device.isEmpty() || reserve.getLinkId().isEmpty() || !hasSameNumbers || !isHeard) {
            return ByteString.EMPTY;
        }
        WatchedLink link = links.get(reserve.getEngineId());
        if (link == null || !link.id().equals(reserve.getLinkId())) {
            if (link != null) {
                link.close("the sender has opened another");
            }
            link =
                    new WatchedLink(
                            reserve.getLinkId(),
                            reserve.getIncarnation(),
                            device.get().open(reserve.getLinkId().toByteArray(), false),
                            options.idleTimeout(),
                            nowNs);
            links.put(reserve.getEngineId(), link);
            // One that is broken from the start, without memory, is not accepted.
            link.turn(nowNs);
        }
        return link.isClosed() ? ByteString.EMPTY : link.id();
    }

    /** The reservation's link if this end of it could not be opened, or is closed; else empty. */
    ByteString failed(KvReserve reserve) {
        WatchedLink link = links.get(reserve.getEngineId());
        boolean isFailed = link != null && link.id().equals(reserve.getLinkId()) && link.isClosed();
        return isFailed ? reserve.getLinkId() : ByteString.EMPTY;
    }

    /** The link that a chunk comes over, if it stands. */
    Optional<WatchedLink> find(ByteString id) {
        return links.values().stream()
                .filter(link -> link.id().equals(id) && !link.isClosed())
                .findFirst();
    }

    /** Closes what has failed, and links of senders that have died. */
    void turn(long nowNs) {
        links.forEach(
                (engineId, link) -> {
                    link.turn(nowNs);
                    if (!peers.isAlive(engineId, link.peer(), nowNs)) {
                        link.close("the peer fell silent");
                    }
                });
    }

    boolean isBusy() {
        return links.values().stream().anyMatch(WatchedLink::isBusy);
    }
}
