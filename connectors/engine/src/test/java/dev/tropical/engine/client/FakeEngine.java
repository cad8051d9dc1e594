package dev.tropical.engine.client;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * An engine's sockets without an engine: collects commands, sends events to whoever sent the last
 * Hello, and publishes a status every 20 ms while it is told to.
 */
final class FakeEngine implements AutoCloseable {
    final BlockingQueue<EngineCommand> commands = new LinkedBlockingQueue<>();
    final Map<String, Integer> commandsByIdentity = new ConcurrentHashMap<>();
    volatile boolean isSilent;
    volatile long progressAgeNs;

    private final ConcurrentLinkedQueue<EngineEvents> events = new ConcurrentLinkedQueue<>();
    private final EngineInfo info;
    private final ZContext context = new ZContext(1);
    private final Thread thread;
    private final ZMQ.Socket router;
    private final ZMQ.Socket publisher;
    private volatile boolean isEnding;
    private byte[] helloFrom;
    private long number;

    FakeEngine(String id, String incarnation) {
        this(id, incarnation, Wire.VERSION);
    }

    /** One that speaks this wire version. */
    FakeEngine(String id, String incarnation, int wireVersion) {
        context.setLinger(0);
        router = context.createSocket(SocketType.ROUTER);
        publisher = context.createSocket(SocketType.PUB);
        int commandPort = router.bindToRandomPort("tcp://127.0.0.1");
        int statusPort = publisher.bindToRandomPort("tcp://127.0.0.1");
        info =
                Engines.info(id, incarnation).toBuilder()
                        .setCommandEndpoint("tcp://127.0.0.1:" + commandPort)
                        .setStatusEndpoint("tcp://127.0.0.1:" + statusPort)
                        .setWireVersion(wireVersion)
                        .build();
        thread = new Thread(this::run, "fake-engine-" + id);
        thread.start();
    }

    private int version() {
        return info.getWireVersion();
    }

    EngineInfo info() {
        return info;
    }

    /** Sends one event message to the sender of the last Hello. */
    void send(EngineEvents.Builder message) {
        events.add(
                message.setVersion(version())
                        .setEngineId(info.getEngineId())
                        .setIncarnation(info.getIncarnation())
                        .build());
    }

    /** The next command that is no Members. */
    EngineCommand nextCommand() throws InterruptedException {
        EngineCommand command;
        do {
            command = commands.poll(30, TimeUnit.SECONDS);
        } while (command != null && command.hasMembers());
        return command;
    }

    private void run() {
        long nextStatusNs = System.nanoTime();
        while (!isEnding) {
            receive();
            EngineEvents event;
            while (helloFrom != null && (event = events.poll()) != null) {
                router.sendMore(helloFrom);
                router.send(event.toByteArray());
            }
            if (System.nanoTime() >= nextStatusNs && !isSilent) {
                publisher.send(status().toByteArray());
                nextStatusNs = System.nanoTime() + 20_000_000;
            }
        }
        context.close();
    }

    private void receive() {
        router.setReceiveTimeOut(2);
        byte[] identity = router.recv();
        if (identity == null) {
            return;
        }
        try {
            EngineCommand command = EngineCommand.parseFrom(router.recv());
            if (command.hasHello()) {
                helloFrom = identity;
            }
            commandsByIdentity.merge(new String(identity), 1, Integer::sum);
            commands.add(command);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private EngineStatus status() {
        return EngineStatus.newBuilder()
                .setVersion(version())
                .setEngineId(info.getEngineId())
                .setIncarnation(info.getIncarnation())
                .setCell(info.getCell())
                .setNumber(++number)
                .setReady(true)
                .setProgressAgeNs(progressAgeNs)
                .build();
    }

    /** The same, for a thread that has nothing else to do. */
    void closeNow() {
        try {
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends at once, as a process that is killed: nothing is said. */
    @Override
    public void close() throws InterruptedException {
        isEnding = true;
        thread.join(5000);
    }
}
