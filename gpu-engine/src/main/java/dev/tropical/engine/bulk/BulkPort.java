package dev.tropical.engine.bulk;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine's plain TCP port for KV frames, and the address that its own connections to such ports
 * leave from. Who connects and does not show the token of a transfer under way is dropped after at
 * most 32 bytes and two seconds. Loop thread, but for opening and closing.
 */
public final class BulkPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BulkPort.class);

    /** Connections without a token; beyond, the oldest makes room. */
    private static final int MAX_STRANGERS = 32;

    /** New connections in a turn. */
    private static final int MAX_ACCEPTED = 16;

    private static final long TOKEN_DEADLINE_NS = 2_000_000_000;

    /** Read in a turn: 2 MiB are copied in about half a millisecond. */
    private static final int TURN_BYTES = 2 << 20;

    /** How long the next frame, or the first, is looked out for in short turns. */
    private static final long BUSY_NS = 20_000_000;

    private final ServerSocketChannel server;
    private final InetSocketAddress address;
    private final SecureRandom random = new SecureRandom();
    private final Map<ByteBuffer, BulkReceiver> expected = new HashMap<>();
    private final Deque<Stranger> strangers = new ArrayDeque<>();
    private final List<BulkReceiver> connected = new ArrayList<>();
    private long busyUntilNs = System.nanoTime();
    private boolean isBusy;
    private boolean hasComplained;

    private BulkPort(ServerSocketChannel server, InetSocketAddress address) {
        this.server = server;
        this.address = address;
    }

    /**
     * Binds.
     *
     * @throws IllegalStateException when the port is in use or the host is not one address of this
     *     machine
     */
    public static BulkPort open(BulkAddress wanted) {
        InetSocketAddress address = new InetSocketAddress(wanted.host(), wanted.port());
        if (address.isUnresolved() || address.getAddress().isAnyLocalAddress()) {
            throw new IllegalStateException(
                    "kv-host: '"
                            + wanted.host()
                            + "' (expected: one address of this machine, by which peers reach it)");
        }
        try {
            ServerSocketChannel server = ServerSocketChannel.open();
            try {
                server.bind(address);
                server.configureBlocking(false);
                return new BulkPort(server, (InetSocketAddress) server.getLocalAddress());
            } catch (IOException e) {
                server.close();
                throw e;
            }
        } catch (IOException e) {
            throw new IllegalStateException(
                    "kv-host: cannot bind "
                            + address
                            + ": "
                            + e.getMessage()
                            + " (expected: a free port on an address of this machine)",
                    e);
        }
    }

    /** 4 or 16 bytes. */
    public byte[] address() {
        return address.getAddress().getAddress();
    }

    public int port() {
        return address.getPort();
    }

    /** Lets one connection bring frames, until the receiver is closed. */
    public BulkReceiver expect(FrameSink sink, long nowNs) {
        byte[] token = new byte[BulkFormat.TOKEN_BYTES];
        random.nextBytes(token);
        BulkReceiver receiver = new BulkReceiver(token, sink);
        expected.put(ByteBuffer.wrap(token), receiver);
        busyUntilNs = nowNs + BUSY_NS;
        return receiver;
    }

    /**
     * Begins to connect to a peer's port, to send a transfer's frames.
     *
     * @param peerAddress 4 or 16 bytes
     * @param token that the peer has handed out for the transfer
     * @param connecting how long it may take until the peer welcomes the token
     * @param stalling how long no byte may leave while some wait
     * @throws IOException when there is no such address, or no connection can be made now
     */
    public BulkSender connect(
            byte[] peerAddress,
            int peerPort,
            byte[] token,
            Duration connecting,
            Duration stalling,
            long nowNs)
            throws IOException {
        if (peerPort < 1 || peerPort > 65_535) {
            throw new IOException("port: " + peerPort + " (expected: 1 to 65535)");
        }
        InetSocketAddress peer =
                new InetSocketAddress(InetAddress.getByAddress(peerAddress), peerPort);
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(address.getAddress(), 0));
            channel.connect(peer);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw new IOException("cannot connect to " + peer, e);
        }
        return new BulkSender(channel, token, connecting, stalling, nowNs);
    }

    /** Lets connections in and reads frames, a bounded part of what is there. */
    public void turn(long nowNs) {
        expected.values().removeIf(BulkReceiver::isOver);
        accept(nowNs);
        strangers.forEach(stranger -> stranger.turn(nowNs));
        strangers.removeIf(this::isSettled);
        connected.removeIf(BulkReceiver::isOver);
        int read = 0;
        for (BulkReceiver receiver : List.copyOf(connected)) {
            read += receiver.read(TURN_BYTES / connected.size());
        }
        if (read > 0) {
            busyUntilNs = nowNs + BUSY_NS;
        }
        isBusy = nowNs - busyUntilNs < 0;
    }

    /** Whether frames have just come, or may come any time: the loop should come back soon. */
    public boolean isBusy() {
        return isBusy;
    }

    private void accept(long nowNs) {
        try {
            for (int i = 0; i < MAX_ACCEPTED; i++) {
                SocketChannel channel = server.accept();
                if (channel == null) {
                    return;
                }
                channel.configureBlocking(false);
                if (strangers.size() == MAX_STRANGERS) {
                    strangers.removeFirst().close();
                }
                strangers.add(new Stranger(channel, nowNs + TOKEN_DEADLINE_NS));
            }
        } catch (IOException e) {
            complain("cannot accept a connection for KV frames: " + e.getMessage());
        }
    }

    /** Whether a stranger has gone, was sent away, or has become a transfer's sender. */
    private boolean isSettled(Stranger stranger) {
        if (stranger.isGone() || !stranger.hasSpoken()) {
            return stranger.isGone();
        }
        BulkReceiver receiver = expected.remove(stranger.token());
        if (receiver == null || receiver.isOver()) {
            complain("dropped a connection for KV frames: its token is unknown, used or expired");
            stranger.close();
        } else {
            receiver.connected(stranger.channel());
            connected.add(receiver);
        }
        return true;
    }

    private void complain(String what) {
        if (!hasComplained) {
            hasComplained = true;
            LOG.warn("{}; further ones silently", what);
        }
    }

    /** Ends all connections to it; those that leave from it are their senders'. */
    @Override
    public void close() {
        Channels.close(server);
        strangers.forEach(Stranger::close);
        connected.forEach(BulkReceiver::close);
    }
}
