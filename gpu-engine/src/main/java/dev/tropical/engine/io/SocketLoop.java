package dev.tropical.engine.io;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.sockets.Doorkeeper;
import dev.tropical.sockets.SocketPoller;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * The I/O thread's turn: wait for a socket, a wake-up or the next heartbeat; read; send; beat. No
 * call here waits but the poll.
 */
final class SocketLoop implements Runnable {
    /** Messages read from the ROUTER in a turn, so that sending gets its share. */
    private static final int MAX_READ = 256;

    /** How soon a full connection or a full mailbox is looked at again, ms. */
    private static final long RETRY_MS = 1;

    private final SocketPoller poller;
    private final CommandSocket commands;
    private final PeerLinks peers;
    private final StatusPublisher status;
    private final Mailbox<Inbound> toLoop;
    private final Mailbox<Outbound> fromLoop;
    private final ZMQ.Socket router;
    private final @Nullable Doorkeeper door;
    private volatile boolean isStopping;
    private boolean isReading = true;

    SocketLoop(
            ZContext context,
            EngineIo.Bound sockets,
            String ownName,
            IoOptions options,
            EngineIo.Mailboxes mailboxes,
            EngineIo.Heart heart) {
        this.poller = mailboxes.poller();
        this.router = sockets.router();
        this.door = sockets.door();
        this.commands = new CommandSocket(router);
        this.peers = new PeerLinks(context, poller, ownName, mailboxes.credits(), options);
        this.toLoop = mailboxes.toLoop();
        this.fromLoop = mailboxes.fromLoop();
        EngineStatus first = heart.first();
        this.status =
                new StatusPublisher(
                        sockets.publisher(),
                        heart.progress(),
                        first,
                        options.heartbeatMs(),
                        System.nanoTime());
        poller.add(router);
        if (door != null) {
            poller.add(door.socket());
        }
    }

    /** Any thread. */
    void stop() {
        isStopping = true;
        poller.wakeUp();
    }

    @Override
    public void run() {
        boolean isBlocked = false;
        while (!isStopping) {
            poller.await(waitMs(isBlocked));
            read();
            sendAll();
            long nowNs = System.nanoTime();
            isBlocked = peers.flush(nowNs);
            status.heartbeatIfDue(nowNs);
            peers.careIfDue(nowNs);
        }
        sendAll();
    }

    private long waitMs(boolean isBlocked) {
        if (isBlocked || !isReading) {
            return RETRY_MS;
        }
        return Math.max(1, status.untilNextNs(System.nanoTime()) / 1_000_000);
    }

    /**
     * Commands stay in ZeroMQ while the mailbox is full, which in the end stops the senders. A
     * socket that is not being read must leave the poll, or the poll would return at once.
     */
    private void read() {
        if (door != null) {
            door.answer();
        }
        Optional<Inbound> command;
        for (int i = 0; i < MAX_READ && !toLoop.isFull(); i++) {
            command = commands.receive();
            if (command.isEmpty()) {
                break;
            }
            toLoop.offer(command.get());
        }
        if (!toLoop.isFull()) {
            peers.receive(message -> toLoop.offer(message) && !toLoop.isFull(), System.nanoTime());
        }
        boolean hasRoom = !toLoop.isFull();
        if (hasRoom != isReading) {
            isReading = hasRoom;
            if (hasRoom) {
                poller.add(router);
            } else {
                poller.remove(router);
            }
        }
    }

    private void sendAll() {
        Optional<Outbound> message = fromLoop.poll();
        while (message.isPresent()) {
            send(message.get());
            message = fromLoop.poll();
        }
    }

    private void send(Outbound message) {
        if (message instanceof Outbound.Events events) {
            if (!commands.send(events.connection(), events.events().toByteArray())) {
                toLoop.offer(new Inbound.Undelivered(events));
            }
        } else if (message instanceof Outbound.Answer answer) {
            // A dropped answer is what the asking peer's deadline is for.
            commands.send(answer.connection(), answer.command().toByteArray());
        } else if (message instanceof Outbound.ToPeer toPeer) {
            peers.send(toPeer);
        } else if (message instanceof Outbound.Status snapshot) {
            status.publish(snapshot.status(), System.nanoTime());
        } else if (message instanceof Outbound.Peers update) {
            peers.update(update.engines());
        }
    }
}
