package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.sockets.SocketPoller;
import dev.tropical.sockets.SocketSecurity;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Connections to all registered engines, all owned by one I/O thread that {@link #open} starts and
 * {@link #close} ends.
 */
public final class EngineClient implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final BlockingQueue<Outgoing> outgoing;
    private final Map<String, EngineConnection> up = new ConcurrentHashMap<>();
    private final SocketPoller poller;
    private final ClientLoop loop;
    private final Thread thread;

    /** A command for one connection: a later one to the same engine must not get it. */
    record Outgoing(EngineConnection connection, byte[] command) {}

    private EngineClient(
            EngineDirectory directory,
            String name,
            EngineClientOptions options,
            EngineListener listener) {
        SocketSecurity security = options.security(); // first: it may throw
        Connector connector = new Connector(name + "-" + UUID.randomUUID(), options, security);
        outgoing = new LinkedBlockingQueue<>(options.maxQueuedCommands());
        poller = new SocketPoller();
        loop = new ClientLoop(directory, connector, options, listener, poller, outgoing, up);
        thread = new Thread(loop, "engine-client-" + name);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler(
                (ended, error) ->
                        listener.onFailure(
                                new IllegalStateException(ended.getName() + " broke", error)));
    }

    /**
     * Connects to the directory's engines and follows its changes.
     *
     * @param name of this client in logs and in its ZeroMQ identity, to which a random suffix is
     *     added: each attempt of a subtask must be someone else to the engines
     * @throws IllegalArgumentException when the options' keys cannot be used
     */
    public static EngineClient open(
            EngineDirectory directory,
            String name,
            EngineClientOptions options,
            EngineListener listener) {
        EngineClient client = new EngineClient(directory, name, options, listener);
        client.thread.start();
        return client;
    }

    /**
     * Hands a command over to be sent. Never blocks; any thread; commands of one thread to one
     * engine arrive in order. The wire version is filled in: the engine's.
     *
     * @return false when the engine is not up, or the queue is full, and nothing was sent. True is
     *     no promise: the engine may be lost before it reads the command.
     */
    public boolean send(String engineId, EngineCommand command) {
        EngineConnection connection = up.get(engineId);
        if (connection == null) {
            return false;
        }
        byte[] bytes = connection.encode(command);
        boolean isQueued = outgoing.offer(new Outgoing(connection, bytes));
        poller.wakeUp();
        return isQueued;
    }

    /** Ends the I/O thread and its sockets; at most 5 s. */
    @Override
    public void close() {
        loop.end();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
