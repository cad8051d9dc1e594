package dev.tropical.engine.io;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.sockets.SocketPoller;
import dev.tropical.sockets.Sockets;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** The connections to the other engines: a {@link PeerLink} each. I/O thread. */
final class PeerLinks {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);

    /** How often links are looked after. */
    private static final long CARE_NS = 1_000_000_000;

    private static final long RETRY_NS = 5_000_000_000L;

    private final ZContext context;
    private final SocketPoller poller;
    private final String ownName;
    private final FrameCredits credits;
    private final IoOptions options;
    private final Map<String, PeerLink> links = new HashMap<>();
    private Map<String, EngineInfo> wanted = Map.of();
    private long careAtNs;
    private long retryAtNs;
    private boolean hasComplained;

    /**
     * @param ownName the identity of the DEALERs, unique for each start of the process
     */
    PeerLinks(
            ZContext context,
            SocketPoller poller,
            String ownName,
            FrameCredits credits,
            IoOptions options) {
        this.context = context;
        this.poller = poller;
        this.ownName = ownName;
        this.credits = credits;
        this.options = options;
    }

    /** Connects to these engines and to no other. */
    void update(List<EngineInfo> engines) {
        wanted = engines.stream().collect(Collectors.toMap(EngineInfo::getEngineId, e -> e));
        for (PeerLink link : List.copyOf(links.values())) {
            EngineInfo now = wanted.get(link.peer().getEngineId());
            if (now == null || !now.getIncarnation().equals(link.peer().getIncarnation())) {
                close(link);
            }
        }
        openMissing();
    }

    /** Connects anew to those that say nothing, and to those that it could not connect to. */
    void careIfDue(long nowNs) {
        if (nowNs - careAtNs < 0) {
            return;
        }
        careAtNs = nowNs + CARE_NS;
        long silenceNs = options.peerSilenceMs() * 1_000_000L;
        for (PeerLink link : List.copyOf(links.values())) {
            if (link.isSilent(nowNs, silenceNs)) {
                close(link);
                open(link.peer());
            }
        }
        if (links.size() < wanted.size() && nowNs - retryAtNs >= 0) {
            openMissing();
        }
    }

    private void openMissing() {
        retryAtNs = System.nanoTime() + RETRY_NS;
        for (EngineInfo engine : wanted.values()) {
            if (!links.containsKey(engine.getEngineId())) {
                open(engine);
            }
        }
    }

    /** A wrong endpoint in the registry, or a host that is unknown here, is that peer's alone. */
    private void open(EngineInfo engine) {
        try {
            connect(engine);
        } catch (RuntimeException | WireException e) {
            LOG.warn(
                    "peer {} is left out for now: cannot connect to {} and {}: {}",
                    engine.getEngineId(),
                    engine.getCommandEndpoint(),
                    engine.getStatusEndpoint(),
                    e.toString());
        }
    }

    private void connect(EngineInfo engine) throws WireException {
        int version = Wire.versionOf(engine);
        ZMQ.Socket dealer = Sockets.connecting(context, SocketType.DEALER);
        // 8 frames of 256 KiB: what is queued in ZeroMQ cannot be called back by an abort.
        dealer.setSndHWM(8);
        dealer.setIdentity(ownName.getBytes(StandardCharsets.UTF_8));
        ZMQ.Socket status = Sockets.connecting(context, SocketType.SUB);
        status.subscribe(ZMQ.SUBSCRIPTION_ALL);
        PeerLink link = new PeerLink(engine, version, dealer, status, System.nanoTime());
        try {
            String key = engine.getCurvePublicKey();
            options.security().connect(dealer, engine.getCommandEndpoint(), key);
            options.security().connect(status, engine.getStatusEndpoint(), key);
        } catch (RuntimeException e) {
            link.close(poller);
            throw e;
        }
        link.addTo(poller);
        links.put(engine.getEngineId(), link);
        credits.opened(engine.getEngineId());
        LOG.info("connected to peer {} at {}", engine.getEngineId(), engine.getCommandEndpoint());
    }

    private void close(PeerLink link) {
        EngineInfo peer = link.peer();
        links.remove(peer.getEngineId());
        credits.closed(peer.getEngineId());
        link.close(poller);
        LOG.info("left peer {} at {}", peer.getEngineId(), peer.getCommandEndpoint());
    }

    /** Hands a command to its peer's link; dropped when there is none: the transfer's deadline. */
    void send(Outbound.ToPeer message) {
        PeerLink link = links.get(message.engineId());
        if (link == null) {
            return;
        }
        if (!link.offer(message) && message.command().hasKvFrame()) {
            credits.giveBack(message.engineId(), 1);
        }
    }

    /** Sends what fits into the connections; true when something is left. */
    boolean flush(long nowNs) {
        boolean isBlocked = false;
        for (PeerLink link : links.values()) {
            credits.giveBack(link.peer().getEngineId(), link.flush(nowNs));
            isBlocked |= link.isBlocked();
        }
        return isBlocked;
    }

    /** Passes on what has arrived until {@code sink}, which has taken it, has no room for more. */
    void receive(Predicate<Inbound> sink, long nowNs) {
        boolean hasRoom = true;
        for (PeerLink link : links.values()) {
            while (hasRoom) {
                Optional<Inbound> answer = link.receive();
                if (answer.isEmpty()) {
                    break;
                }
                hasRoom = sink.test(answer.get());
            }
            byte[] message;
            while (hasRoom && (message = link.receiveStatus(nowNs)) != null) {
                Optional<Inbound> status = decode(message);
                hasRoom = status.isEmpty() || sink.test(status.get());
            }
        }
    }

    private Optional<Inbound> decode(byte[] message) {
        try {
            EngineStatus status = EngineStatus.parseFrom(message);
            Wire.checkVersion(status.getVersion(), "status of " + status.getEngineId());
            return Optional.of(new Inbound.PeerStatus(status));
        } catch (WireException | InvalidProtocolBufferException e) {
            if (!hasComplained) {
                hasComplained = true;
                LOG.warn("dropped a status: {}; further ones silently", e.getMessage());
            }
            return Optional.empty();
        }
    }
}
