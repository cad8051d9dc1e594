package dev.tropical.flink.dispatch;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvent;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Role;
import java.util.concurrent.atomic.AtomicInteger;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** A {@link FakeEngine} behind real sockets, on a thread of its own; lanes of one subtask. */
final class SocketEngine implements AutoCloseable {
    private static final long STEP_NS = 30_000_000;

    final AtomicInteger submits = new AtomicInteger();
    private final ZContext context = new ZContext(1);
    private final ZMQ.Socket router = context.createSocket(SocketType.ROUTER);
    private final ZMQ.Socket publisher = context.createSocket(SocketType.PUB);
    private final FakeEngine engine;
    private final EngineInfo info;
    private final Thread thread;
    private volatile boolean isEnding;
    private byte[] connection = {};
    private long statuses;

    SocketEngine(String id, FakeEngine.Model model) {
        context.setLinger(0);
        engine = new FakeEngine(id, model);
        info =
                EngineInfo.newBuilder()
                        .setEngineId(id)
                        .setIncarnation("1")
                        .setRole(Role.DECODE)
                        .setCommandEndpoint(bind(router))
                        .setStatusEndpoint(bind(publisher))
                        .setMaxModelLen(64)
                        .setBlockSize(16)
                        .setNumBlocks(1_000)
                        .build();
        thread = new Thread(this::run, "socket-engine-" + id);
        thread.start();
    }

    EngineInfo info() {
        return info;
    }

    private static String bind(ZMQ.Socket socket) {
        return "tcp://127.0.0.1:" + socket.bindToRandomPort("tcp://127.0.0.1");
    }

    private void run() {
        router.setReceiveTimeOut(2);
        long nextStepNs = System.nanoTime();
        while (!isEnding) {
            receive();
            if (System.nanoTime() >= nextStepNs) {
                nextStepNs += STEP_NS;
                engine.step();
                publisher.send(status().toByteArray());
            }
            send();
        }
        context.close();
    }

    private void receive() {
        byte[] sender = router.recv();
        if (sender == null) {
            return;
        }
        try {
            EngineCommand command = EngineCommand.parseFrom(router.recv());
            if (command.hasMembers()) {
                return;
            }
            connection = command.hasHello() ? sender : connection;
            submits.addAndGet(command.hasSubmit() ? 1 : 0);
            engine.handle(command);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private void send() {
        EngineEvents.Builder events =
                EngineEvents.newBuilder()
                        .setVersion(Wire.VERSION)
                        .setEngineId(engine.id)
                        .setIncarnation(info.getIncarnation());
        for (EngineEvent e = engine.outbox.poll(); e != null; e = engine.outbox.poll()) {
            events.addEvents(e);
        }
        if (events.getEventsCount() > 0) {
            router.sendMore(connection);
            router.send(events.build().toByteArray());
        }
    }

    private EngineStatus status() {
        return EngineStatus.newBuilder()
                .setVersion(Wire.VERSION)
                .setEngineId(engine.id)
                .setIncarnation(info.getIncarnation())
                .setRole(Role.DECODE)
                .setNumber(++statuses)
                .setReady(true)
                .setBlocksTotal(1_000)
                .setBlocksFree(1_000)
                .build();
    }

    @Override
    public void close() throws InterruptedException {
        isEnding = true;
        thread.join(5_000);
    }
}
