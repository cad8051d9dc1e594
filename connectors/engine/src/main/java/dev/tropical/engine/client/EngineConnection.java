package dev.tropical.engine.client;

import dev.tropical.protocol.Wire;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.sockets.SocketPoller;
import dev.tropical.sockets.SocketSecurity;
import dev.tropical.sockets.Sockets;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZEvent;
import org.zeromq.ZMQ;
import org.zeromq.ZMonitor;

/**
 * The sockets to one incarnation of an engine, owned by the I/O thread: a DEALER for commands and
 * events, a SUB for the status, and a PAIR on which ZeroMQ tells that the DEALER's peer has come or
 * gone. Other threads use it as a token only.
 *
 * <p>A connection is lost once and then replaced: what was queued for the engine goes with it, and
 * the next one has an identity of its own.
 */
final class EngineConnection implements AutoCloseable {
    private static final int RECONNECT_MS = 100;
    private static final int MAX_RECONNECT_MS = 1000;

    enum Link {
        PENDING,
        STANDING,
        LOST
    }

    private final EngineInfo engine;
    private final int wireVersion;
    private final Liveness liveness;
    private final ZMQ.Socket dealer;
    private final ZMQ.Socket status;
    private final ZMQ.Socket monitor;
    private Link link = Link.PENDING;
    private final long openedNs = System.nanoTime();
    private boolean isUp;

    /**
     * @throws RuntimeException when the endpoints are no ZeroMQ addresses, or the engine's key is
     *     not trusted; nothing is left open
     * @throws WireException when the engine's version is not spoken here
     */
    EngineConnection(
            ZContext context,
            EngineInfo engine,
            String identity,
            EngineClientOptions options,
            SocketSecurity security)
            throws WireException {
        this.engine = engine;
        this.wireVersion = Wire.versionOf(engine);
        this.liveness = new Liveness(options);
        dealer = Sockets.connecting(context, SocketType.DEALER);
        status = Sockets.connecting(context, SocketType.SUB);
        monitor = context.createSocket(SocketType.PAIR);
        try {
            connect(identity, options, security);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void connect(String identity, EngineClientOptions options, SocketSecurity security) {
        String monitorAddress = "inproc://" + identity;
        dealer.monitor(monitorAddress, ZMQ.EVENT_HANDSHAKE_PROTOCOL | ZMQ.EVENT_DISCONNECTED);
        monitor.connect(monitorAddress);
        dealer.setIdentity(identity.getBytes(StandardCharsets.UTF_8));
        dealer.setSndHWM(options.maxQueuedCommands());
        // Events must not be dropped while the engine is ahead of this thread.
        dealer.setRcvHWM(0);
        for (ZMQ.Socket socket : new ZMQ.Socket[] {dealer, status}) {
            socket.setReconnectIVL(RECONNECT_MS);
            socket.setReconnectIVLMax(MAX_RECONNECT_MS);
        }
        status.subscribe(ZMQ.SUBSCRIPTION_ALL);
        security.connect(dealer, engine.getCommandEndpoint(), engine.getCurvePublicKey());
        security.connect(status, engine.getStatusEndpoint(), engine.getCurvePublicKey());
    }

    EngineInfo engine() {
        return engine;
    }

    Liveness liveness() {
        return liveness;
    }

    long openedNs() {
        return openedNs;
    }

    boolean isUp() {
        return isUp;
    }

    void up() {
        isUp = true;
    }

    void addTo(SocketPoller poller) {
        poller.add(dealer);
        poller.add(status);
        poller.add(monitor);
    }

    void removeFrom(SocketPoller poller) {
        poller.remove(dealer);
        poller.remove(status);
        poller.remove(monitor);
    }

    /** A command in the engine's version. For any thread. */
    byte[] encode(EngineCommand command) {
        return command.toBuilder().setVersion(wireVersion).build().toByteArray();
    }

    /**
     * @return false when the engine has not read as many commands as may queue
     */
    boolean send(byte[] command) {
        return dealer.send(command, ZMQ.DONTWAIT);
    }

    /** The next event message, or null. */
    byte @Nullable [] receiveEvents() {
        return receive(dealer);
    }

    /** The next status, or null. */
    byte @Nullable [] receiveStatus() {
        return receive(status);
    }

    // Our messages are one frame; what a later version adds behind it is skipped.
    private static byte @Nullable [] receive(ZMQ.Socket socket) {
        byte[] first = socket.recv(ZMQ.DONTWAIT);
        while (first != null && socket.hasReceiveMore()) {
            socket.recv(ZMQ.DONTWAIT);
        }
        return first;
    }

    /** How the DEALER's link stands, by what ZeroMQ has told so far. */
    Link link() {
        ZEvent event;
        while ((event = ZEvent.recv(monitor, ZMQ.DONTWAIT)) != null) {
            if (event.getEvent() == ZMonitor.Event.DISCONNECTED) {
                // Before anything was sent it is ZeroMQ's to try again, in its own time: an engine
                // that refuses this process's key lets it in for a moment.
                link = isUp ? Link.LOST : Link.PENDING;
            } else if (link == Link.PENDING) {
                link = Link.STANDING;
            }
        }
        return link;
    }

    /**
     * The monitoring ends first: ZeroMQ's I/O thread tells of an event by a send that waits, and
     * with nobody left to read it would wait for ever, and every socket of the context with it.
     */
    @Override
    public void close() {
        dealer.monitor(null, 0);
        dealer.close();
        status.close();
        monitor.close();
    }
}
