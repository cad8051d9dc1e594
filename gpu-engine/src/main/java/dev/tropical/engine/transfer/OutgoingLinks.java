package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.model.BlockLinks;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * The sender's ends of links, one to each peer that blocks go to. A peer to which none can be
 * opened, e.g. on the same GPU, gets frames, and after a while another try. Loop thread.
 */
final class OutgoingLinks {
    /** A link that a peer is offered. */
    private record Offer(String incarnation, ByteString id) {}

    private final Optional<BlockLinks> device;
    private final PeerDirectory peers;
    private final TransferOptions options;

    // All by engine id.
    private final Map<String, WatchedLink> links = new HashMap<>();
    private final Map<String, Offer> offers = new HashMap<>();
    private final Map<String, Long> pausedUntilNs = new HashMap<>();

    OutgoingLinks(Optional<BlockLinks> device, PeerDirectory peers, TransferOptions options) {
        this.device = device;
        this.peers = peers;
        this.options = options;
    }

    /** Of the link to a peer, or of one that it is offered; empty where there can be none. */
    ByteString id(String peer, long nowNs) {
        WatchedLink link = links.get(peer);
        if (link != null) {
            return link.id();
        }
        if (device.isEmpty() || nowNs - pausedUntilNs.getOrDefault(peer, nowNs) < 0) {
            return ByteString.EMPTY;
        }
        Offer offer = offers.get(peer);
        String incarnation = peers.incarnation(peer);
        if (offer == null || !offer.incarnation.equals(incarnation)) {
            offer = new Offer(incarnation, ByteString.copyFrom(device.get().newId()));
            offers.put(peer, offer);
        }
        return offer.id;
    }

    /**
     * The peer has answered to an offer: this end opens when the other does.
     *
     * @param accepted the link's id if the peer has opened its end, else empty
     * @return the link, if blocks can go over it now
     */
    Optional<WatchedLink> answered(String peer, ByteString accepted, long nowNs) {
        WatchedLink link = links.get(peer);
        if (link != null) {
            if (!link.id().equals(accepted)) {
                link.close("the peer has no end of it");
            }
            return Optional.of(link).filter(WatchedLink::isOpen);
        }
        Offer offer = offers.get(peer);
        if (offer != null && offer.id.equals(accepted) && device.isPresent()) {
            offers.remove(peer);
            links.put(
                    peer,
                    new WatchedLink(
                            offer.id,
                            offer.incarnation,
                            device.get().open(offer.id.toByteArray(), true),
                            options.idleTimeout(),
                            nowNs));
        }
        return Optional.empty();
    }

    /** Closes what has failed, and links to peers that have died. */
    void turn(long nowNs) {
        for (Iterator<Map.Entry<String, WatchedLink>> i = links.entrySet().iterator();
                i.hasNext(); ) {
            Map.Entry<String, WatchedLink> entry = i.next();
            WatchedLink link = entry.getValue();
            link.turn(nowNs);
            if (!peers.isAlive(entry.getKey(), link.peer(), nowNs)) {
                link.close("the peer fell silent");
            }
            if (link.isClosed()) {
                pausedUntilNs.put(entry.getKey(), nowNs + options.linkPause().toNanos());
                i.remove();
            }
        }
    }

    boolean isBusy() {
        return links.values().stream().anyMatch(WatchedLink::isBusy);
    }
}
