package dev.tropical.engine.io;

import dev.tropical.engine.bulk.BulkPort;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.sockets.Doorkeeper;
import dev.tropical.sockets.SocketPoller;
import dev.tropical.sockets.Sockets;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;
import zmq.ZError;

/**
 * Owns the sockets and the I/O thread. Bound on construction, so that the endpoints are known and a
 * port in use is found before anything else starts; {@link #start} begins to speak.
 */
public final class EngineIo implements EnginePort, AutoCloseable {
    private static final long JOIN_MS = 500;

    record Bound(ZMQ.Socket router, ZMQ.Socket publisher, @Nullable Doorkeeper door) {}

    record Mailboxes(
            Mailbox<Inbound> toLoop,
            Mailbox<Outbound> fromLoop,
            SocketPoller poller,
            FrameCredits credits) {}

    record Heart(EngineStatus first, Progress progress) {}

    private final ZContext context = new ZContext(1);
    private final Mailboxes mailboxes;
    private final IoOptions options;
    private final Bound sockets;
    private final String commandEndpoint;
    private final String statusEndpoint;
    private Optional<BulkPort> bulk = Optional.empty();
    private @Nullable SocketLoop loop;
    private @Nullable Thread thread;

    /**
     * @throws IllegalStateException when a port is in use or the host is not this machine's
     */
    public EngineIo(IoOptions options) {
        this.options = options;
        this.mailboxes =
                new Mailboxes(
                        new Mailbox<>(
                                options.mailboxMessages(), options.mailboxBytes(), Inbound::bytes),
                        new Mailbox<>(
                                options.mailboxMessages(), options.mailboxBytes(), Outbound::bytes),
                        new SocketPoller(),
                        new FrameCredits());
        context.setLinger(0);
        Doorkeeper door = options.security().guard(context);
        ZMQ.Socket router = Sockets.binding(context, SocketType.ROUTER, options.security());
        ZMQ.Socket publisher = Sockets.binding(context, SocketType.PUB, options.security());
        this.sockets = new Bound(router, publisher, door);
        router.setSndHWM(options.sendQueueMessages());
        // Of a migration's frames 64 MiB a peer at most; beyond, the peer keeps them.
        router.setRcvHWM(256);
        try {
            this.commandEndpoint =
                    bind(router, "command port", options.host(), options.commandPort());
            this.statusEndpoint =
                    bind(publisher, "status port", options.host(), options.statusPort());
            bulk = options.bulk().map(BulkPort::open);
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    private static String bind(ZMQ.Socket socket, String what, String host, int port) {
        String endpoint = "tcp://" + host + ":" + (port == 0 ? "*" : Integer.toString(port));
        try {
            socket.bind(endpoint);
        } catch (ZMQException e) {
            String why =
                    e.getErrorCode() == ZError.EADDRINUSE
                            ? "the port is in use"
                            : String.valueOf(e.getMessage());
            throw new IllegalStateException(
                    what
                            + ": cannot bind "
                            + endpoint
                            + ": "
                            + why
                            + " (expected: a free port on an address of this machine)",
                    e);
        }
        return socket.getLastEndpoint();
    }

    public String commandEndpoint() {
        return commandEndpoint;
    }

    public String statusEndpoint() {
        return statusEndpoint;
    }

    /**
     * Starts the I/O thread.
     *
     * @param ownName identity towards peers, unique for each start of the process
     * @param first what the heartbeats say until the loop's first snapshot
     * @param progress the loop's, for the heartbeats' age
     * @param onFailure told, once, what ended the thread if it was not {@link #close}
     */
    public void start(
            String ownName, EngineStatus first, Progress progress, Consumer<Throwable> onFailure) {
        SocketLoop socketLoop =
                new SocketLoop(
                        context, sockets, ownName, options, mailboxes, new Heart(first, progress));
        Thread ioThread = new Thread(socketLoop, "engine-io");
        ioThread.setUncaughtExceptionHandler((t, e) -> onFailure.accept(e));
        this.loop = socketLoop;
        this.thread = ioThread;
        ioThread.start();
    }

    @Override
    public Optional<Inbound> receive(long timeoutNs) throws InterruptedException {
        return mailboxes.toLoop().poll(timeoutNs);
    }

    @Override
    public boolean send(Outbound message) {
        // Taken first: the I/O thread may give the credit back before offer returns.
        boolean isFrame =
                message instanceof Outbound.ToPeer toPeer && toPeer.command().hasKvFrame();
        if (isFrame) {
            mailboxes.credits().take(((Outbound.ToPeer) message).engineId());
        }
        boolean isSent = mailboxes.fromLoop().offer(message);
        if (isFrame && !isSent) {
            mailboxes.credits().giveBack(((Outbound.ToPeer) message).engineId(), 1);
        }
        mailboxes.poller().wakeUp();
        return isSent;
    }

    @Override
    public Optional<BulkPort> bulk() {
        return bulk;
    }

    @Override
    public int frameCredits(String engineId) {
        return mailboxes.credits().available(engineId);
    }

    /** Sends what was handed over, then closes the sockets; at most about a second. Repeatable. */
    @Override
    public void close() {
        if (context.isClosed()) {
            return;
        }
        SocketLoop socketLoop = loop;
        Thread ioThread = thread;
        if (socketLoop != null && ioThread != null) {
            socketLoop.stop();
            try {
                ioThread.join(JOIN_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        context.close();
        mailboxes.poller().close();
        bulk.ifPresent(BulkPort::close);
    }
}
