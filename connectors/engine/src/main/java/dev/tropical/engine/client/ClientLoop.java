package dev.tropical.engine.client;

import dev.tropical.engine.client.EngineClient.Outgoing;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.sockets.SocketPoller;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the client's I/O thread does: it follows the directory, sends what is queued, hands on what
 * comes, and finds out who is lost. It alone touches the sockets and calls the listener.
 */
final class ClientLoop implements Runnable, EngineDirectory.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(ClientLoop.class);

    /** A lost engine is noticed at most this much late. */
    private static final long POLL_MS = 50;

    /** JeroMQ gives a connection up for good when the other side breaks the protocol. */
    private static final long PATIENCE_NS = 10_000_000_000L;

    /** How long a registered engine stays left out after connecting failed. */
    private static final long RETRY_NS = 5_000_000_000L;

    /** Messages of one socket, or queued commands, in a turn, so that no engine holds up others. */
    private static final int BATCH = 1024;

    private final EngineDirectory directory;
    private final Connector connector;
    private final EngineClientOptions options;
    private final EngineListener listener;
    private final SocketPoller poller;
    private final Queue<Outgoing> outgoing;
    private final Map<String, EngineConnection> up; // read by senders

    private final Map<String, EngineConnection> connections = new HashMap<>();
    private long retryAtNs; // when the engines that could not be connected to are tried again
    private final AtomicReference<@Nullable RegistrySnapshot> change = new AtomicReference<>();
    private RegistrySnapshot registry = RegistrySnapshot.EMPTY;
    private volatile boolean isEnding;
    private volatile @Nullable RuntimeException directoryFailure;

    ClientLoop(
            EngineDirectory directory,
            Connector connector,
            EngineClientOptions options,
            EngineListener listener,
            SocketPoller poller,
            Queue<Outgoing> outgoing,
            Map<String, EngineConnection> up) {
        this.directory = directory;
        this.connector = connector;
        this.options = options;
        this.listener = listener;
        this.poller = poller;
        this.outgoing = outgoing;
        this.up = up;
    }

    void end() {
        isEnding = true;
        poller.wakeUp();
    }

    @Override
    public void onChange(RegistrySnapshot snapshot) {
        change.set(snapshot);
        poller.wakeUp();
    }

    @Override
    public void onFailure(RuntimeException failure) {
        directoryFailure = failure;
        poller.wakeUp();
    }

    @Override
    public void run() {
        EngineDirectory.Subscription subscription = directory.subscribe(this);
        try (connector) {
            while (!isEnding) {
                turn();
            }
        } catch (RuntimeException e) {
            LOG.error(
                    "{} has ended: no engine can be reached from here any more",
                    connector.identity(),
                    e);
            listener.onFailure(e);
        } finally {
            subscription.close();
            up.clear();
            poller.close();
        }
    }

    private void turn() {
        poller.await(POLL_MS);
        checkDirectory();
        applyChange();
        sendQueued();
        long nowNs = System.nanoTime();
        connectMissing(nowNs);
        for (EngineConnection connection : List.copyOf(connections.values())) {
            receive(connection, nowNs);
            checkAlive(connection, nowNs);
        }
    }

    private void checkDirectory() {
        RuntimeException failure = directoryFailure;
        if (failure != null) {
            throw new IllegalStateException("the engines' registry cannot be read", failure);
        }
    }

    // ---- who is there

    private void applyChange() {
        RegistrySnapshot next = change.getAndSet(null);
        if (next == null) {
            return;
        }
        registry = next;
        for (EngineConnection connection : List.copyOf(connections.values())) {
            EngineInfo old = connection.engine();
            EngineInfo now = next.engines().get(old.getEngineId());
            if (now == null) {
                drop(connection, "removed from the registry");
            } else if (!now.equals(old)) {
                drop(connection, "registered anew as incarnation " + now.getIncarnation());
            }
        }
        retryAtNs = System.nanoTime();
        for (EngineConnection connection : List.copyOf(up.values())) {
            send(connection, members(connection));
        }
    }

    private void connectMissing(long nowNs) {
        if (connections.size() == registry.engines().size() || nowNs - retryAtNs < 0) {
            return;
        }
        retryAtNs = nowNs + RETRY_NS;
        for (EngineInfo engine : registry.engines().values()) {
            if (!connections.containsKey(engine.getEngineId())) {
                connect(engine);
            }
        }
    }

    private void connect(EngineInfo engine) {
        try {
            EngineConnection connection = connector.connect(engine);
            connections.put(engine.getEngineId(), connection);
            connection.addTo(poller);
        } catch (RuntimeException | WireException e) {
            LOG.warn(
                    "engine {} is left out for now: cannot connect to {} and {}",
                    engine.getEngineId(),
                    engine.getCommandEndpoint(),
                    engine.getStatusEndpoint(),
                    e);
        }
    }

    private void drop(EngineConnection connection, String reason) {
        EngineInfo engine = connection.engine();
        connections.remove(engine.getEngineId());
        up.remove(engine.getEngineId());
        connection.removeFrom(poller);
        connection.close();
        if (connection.isUp()) {
            LOG.warn("engine {} is lost: {}", engine.getEngineId(), reason);
            listener.onLost(engine, reason);
        }
    }

    private void replace(EngineConnection connection, String reason) {
        drop(connection, reason);
        connect(connection.engine());
    }

    private void checkAlive(EngineConnection connection, long nowNs) {
        if (connections.get(idOf(connection)) != connection) {
            return;
        }
        String fault = null;
        if (connection.link() == EngineConnection.Link.LOST) {
            fault = "its connection was closed";
        } else if (connection.isUp()) {
            fault = connection.liveness().fault(nowNs);
        } else if (nowNs - connection.openedNs() > PATIENCE_NS) {
            fault = "no answer";
            EngineInfo engine = connection.engine();
            LOG.info(
                    "engine {} has not answered at {} for {} s; trying anew (expected: it runs, and"
                            + " trusts this process)",
                    engine.getEngineId(),
                    engine.getCommandEndpoint(),
                    PATIENCE_NS / 1_000_000_000);
        }
        if (fault != null) {
            replace(connection, fault);
        }
    }

    // ---- what goes out and comes in

    private byte[] members(EngineConnection connection) {
        return connection.encode(Messages.members(registry, connection.engine().getCell()));
    }

    private void sendQueued() {
        for (int i = 0; i < BATCH; i++) {
            Outgoing next = outgoing.poll();
            if (next == null) {
                return;
            }
            send(next.connection(), next.command());
        }
        poller.wakeUp(); // the rest in the next turn
    }

    private void send(EngineConnection connection, byte[] command) {
        boolean isCurrent = up.get(idOf(connection)) == connection;
        if (isCurrent && !connection.send(command)) {
            replace(connection, options.maxQueuedCommands() + " commands not read");
        }
    }

    // Statuses first: the first one is what makes an engine up.
    private void receive(EngineConnection connection, long nowNs) {
        EngineInfo engine = connection.engine();
        EngineStatus newest = null;
        byte[] bytes;
        for (int i = 0; i < BATCH && (bytes = connection.receiveStatus()) != null; i++) {
            EngineStatus status = Messages.status(bytes, engine);
            if (status != null && connection.liveness().accept(status, nowNs)) {
                newest = status;
            }
        }
        if (newest != null) {
            onStatus(connection, newest);
        }
        for (int i = 0; i < BATCH && (bytes = connection.receiveEvents()) != null; i++) {
            EngineEvents events = Messages.events(bytes, engine);
            if (events != null && connection.isUp()) {
                listener.onEvents(events);
            }
        }
    }

    private void onStatus(EngineConnection connection, EngineStatus status) {
        if (!connection.isUp()
                && connection.liveness().isAlive()
                && connection.link() == EngineConnection.Link.STANDING) {
            EngineInfo engine = connection.engine();
            LOG.info("engine {} is up, incarnation {}", idOf(connection), engine.getIncarnation());
            connection.up();
            up.put(idOf(connection), connection);
            send(connection, members(connection));
            listener.onUp(engine);
        }
        if (connection.isUp()) {
            listener.onStatus(status);
        }
    }

    private static String idOf(EngineConnection connection) {
        return connection.engine().getEngineId();
    }
}
