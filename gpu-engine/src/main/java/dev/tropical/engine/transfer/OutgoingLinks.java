package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.model.BlockLinks;
import dev.tropical.protocol.wire.KvReserved;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sender's ends of links, one to each peer that blocks go to. A peer that cannot open its end
 * is offered another kind of link; one to which none can be opened, e.g. on the same GPU, gets
 * frames, and after a while another try. Loop thread.
 */
final class OutgoingLinks {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingLinks.class);

    /** Offers in a row that a peer may refuse before it gets frames for a while. */
    private static final int OFFERS = 2;

    /**
     * A link that a peer is offered.
     *
     * @param refused offers before it that this incarnation of the peer could not open
     */
    private record Offer(String incarnation, ByteString id, int refused) {}

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
            offer = newOffer(device.get(), incarnation, 0);
            offers.put(peer, offer);
        }
        return offer.id;
    }

    private static Offer newOffer(BlockLinks device, String incarnation, int refused) {
        return new Offer(incarnation, ByteString.copyFrom(device.newId(refused)), refused);
    }

    /**
     * The peer has answered to an offer: this end opens when the other does.
     *
     * @param answer with the link's id if the peer has opened its end, or could not open it
     * @return the link, if blocks can go over it now
     */
    Optional<WatchedLink> answered(String peer, KvReserved answer, long nowNs) {
        ByteString accepted = answer.getLinkId();
        WatchedLink link = links.get(peer);
        if (link != null) {
            if (!link.id().equals(accepted)) {
                link.close("the peer has no end of it");
            }
            return Optional.of(link).filter(WatchedLink::isOpen);
        }
        Offer offer = offers.get(peer);
        if (offer == null || device.isEmpty()) {
            return Optional.empty();
        }
        if (offer.id.equals(answer.getFailedLinkId())) {
            refused(peer, offer, device.get(), nowNs);
        } else if (offer.id.equals(accepted)) {
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

    private void refused(String peer, Offer offer, BlockLinks links, long nowNs) {
        int refused = offer.refused + 1;
        if (refused < OFFERS) {
            LOG.info("{} could not open its end of a link, and is offered another", peer);
            offers.put(peer, newOffer(links, offer.incarnation, refused));
            return;
        }
        LOG.info("KV blocks to {} go in frames for {}: it can open no link", peer, pause());
        offers.remove(peer);
        pausedUntilNs.put(peer, nowNs + pause().toNanos());
    }

    private Duration pause() {
        return options.linkPause();
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
                pausedUntilNs.put(entry.getKey(), nowNs + pause().toNanos());
                i.remove();
            }
        }
    }

    boolean isBusy() {
        return links.values().stream().anyMatch(WatchedLink::isBusy);
    }
}
