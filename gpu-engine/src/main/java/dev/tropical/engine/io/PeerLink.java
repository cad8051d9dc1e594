package dev.tropical.engine.io;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.sockets.SocketPoller;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.ZMQ;

/**
 * The DEALER to one peer's ROUTER, and the SUB to its status. Commands leave in the order they were
 * given; what does not fit into the connection waits here, bounded, and is tried again at each
 * turn. I/O thread, but for the credits, which the loop reads.
 */
final class PeerLink {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

    /** Frames given but not yet taken by ZeroMQ; 16 x 256 KiB are 2 ms of a loopback connection. */
    static final int MAX_WAITING_FRAMES = 16;

    private static final int MAX_WAITING = 4096;
    private static final long NOTHING = Long.MIN_VALUE;

    private final EngineInfo peer;
    private final int version;
    private final ZMQ.Socket dealer;
    private final ZMQ.Socket status;
    private final Queue<Outbound.ToPeer> waiting = new ArrayDeque<>();
    private long heardNs;
    private long askedNs = NOTHING;
    private boolean hasComplained;

    /**
     * @param version of the messages to the peer
     */
    PeerLink(EngineInfo peer, int version, ZMQ.Socket dealer, ZMQ.Socket status, long nowNs) {
        this.peer = peer;
        this.version = version;
        this.dealer = dealer;
        this.status = status;
        this.heardNs = nowNs;
    }

    EngineInfo peer() {
        return peer;
    }

    void addTo(SocketPoller poller) {
        poller.add(dealer);
        poller.add(status);
    }

    void close(SocketPoller poller) {
        poller.remove(dealer);
        poller.remove(status);
        dealer.close();
        status.close();
    }

    /** The peer's next status, or null. */
    byte @Nullable [] receiveStatus(long nowNs) {
        byte[] message = status.recv(ZMQ.DONTWAIT);
        if (message != null) {
            heardNs = nowNs;
        }
        return message;
    }

    /** Whether no status has come for so long, or no answer to what was asked so long ago. */
    boolean isSilent(long nowNs, long ns) {
        return nowNs - heardNs >= ns || (askedNs != NOTHING && nowNs - askedNs >= ns);
    }

    /** False when too much waits already: the command was dropped. */
    boolean offer(Outbound.ToPeer message) {
        return waiting.size() < MAX_WAITING && waiting.offer(message);
    }

    /** Sends what fits; returns how many KV frames left. */
    int flush(long nowNs) {
        int frames = 0;
        Outbound.ToPeer next;
        while ((next = waiting.peek()) != null && trySend(next)) {
            waiting.remove();
            if (next.command().hasKvReserve() && askedNs == NOTHING) {
                askedNs = nowNs;
            }
            frames += next.command().hasKvFrame() ? 1 : 0;
        }
        return frames;
    }

    boolean isBlocked() {
        return !waiting.isEmpty();
    }

    private boolean trySend(Outbound.ToPeer message) {
        byte[] command = message.command().toBuilder().setVersion(version).build().toByteArray();
        if (!message.command().hasKvFrame()) {
            return dealer.send(command, ZMQ.DONTWAIT);
        }
        return dealer.send(command, ZMQ.SNDMORE | ZMQ.DONTWAIT)
                && dealer.send(bytes(message.payload()), ZMQ.DONTWAIT);
    }

    private static byte[] bytes(ByteBuffer payload) {
        if (payload.hasArray()
                && payload.arrayOffset() == 0
                && payload.position() == 0
                && payload.array().length == payload.remaining()) {
            return payload.array();
        }
        byte[] copy = new byte[payload.remaining()];
        payload.duplicate().get(copy);
        return copy;
    }

    /** The peer's next well-formed answer. */
    Optional<Inbound> receive() {
        byte[] message;
        while ((message = dealer.recv(ZMQ.DONTWAIT)) != null) {
            askedNs = NOTHING;
            try {
                EngineCommand answer = EngineCommand.parseFrom(message);
                Wire.checkVersion(answer.getVersion(), "answer");
                return Optional.of(new Inbound.PeerAnswer(peer.getEngineId(), answer));
            } catch (WireException | InvalidProtocolBufferException e) {
                if (!hasComplained) {
                    hasComplained = true;
                    LOG.warn(
                            "dropped an answer of peer {}: {}; further ones are dropped silently",
                            peer.getEngineId(),
                            e.getMessage());
                }
            }
        }
        return Optional.empty();
    }
}
