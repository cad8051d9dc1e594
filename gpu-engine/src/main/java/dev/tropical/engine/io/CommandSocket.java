package dev.tropical.engine.io;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.WireException;
import dev.tropical.protocol.wire.EngineCommand;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;
import zmq.ZError;

/** The ROUTER: reads commands, sends events and answers without ever waiting. I/O thread. */
final class CommandSocket {
    private static final Logger LOG = LoggerFactory.getLogger(CommandSocket.class);
    private static final int MAX_COMPLAINTS = 1024;

    /** Skipped at a time: who sends only rubbish must not keep the thread from its heartbeat. */
    private static final int MAX_MALFORMED = 64;

    private final ZMQ.Socket router;
    private final Set<ByteString> complainedAbout = new HashSet<>();

    CommandSocket(ZMQ.Socket router) {
        this.router = router;
        // Without it a message to a full or vanished connection would be dropped unnoticed.
        router.setRouterMandatory(true);
        // A subtask that connects again under its identity takes the old connection's place.
        router.setRouterHandover(true);
    }

    /**
     * The next well-formed command, if there is one behind at most {@link #MAX_MALFORMED} others,
     * which are logged once a connection.
     */
    Optional<Inbound> receive() {
        for (int malformed = 0; malformed < MAX_MALFORMED; malformed++) {
            byte[] identity = router.recv(ZMQ.DONTWAIT);
            if (identity == null) {
                return Optional.empty();
            }
            ByteString connection = ByteString.copyFrom(identity);
            List<byte[]> frames = new ArrayList<>(2);
            while (router.hasReceiveMore()) {
                frames.add(router.recv(ZMQ.DONTWAIT));
            }
            try {
                return Optional.of(decode(connection, frames));
            } catch (WireException | InvalidProtocolBufferException e) {
                complain(connection, String.valueOf(e.getMessage()));
            }
        }
        return Optional.empty();
    }

    private static Inbound decode(ByteString connection, List<byte[]> frames)
            throws WireException, InvalidProtocolBufferException {
        if (frames.isEmpty() || frames.size() > 2) {
            throw new WireException("command of " + frames.size() + " frames (expected: 1 or 2)");
        }
        EngineCommand command = EngineCommand.parseFrom(frames.get(0));
        Wire.checkVersion(command.getVersion(), "command");
        int payloads = frames.size() - 1;
        if ((payloads == 1) != command.hasKvFrame()) {
            throw new WireException(
                    command.getBodyCase() + " with " + payloads + " raw frames behind it");
        }
        if (command.getBodyCase() == EngineCommand.BodyCase.BODY_NOT_SET) {
            throw new WireException("command without a body");
        }
        ByteBuffer payload =
                payloads == 1 ? ByteBuffer.wrap(frames.get(1)) : ByteBuffer.allocate(0);
        return new Inbound.Command(connection, command, payload);
    }

    /** False when the connection is full or gone: the message was dropped. */
    boolean send(ByteString connection, byte[] message) {
        try {
            return router.send(connection.toByteArray(), ZMQ.SNDMORE | ZMQ.DONTWAIT)
                    && router.send(message, ZMQ.DONTWAIT);
        } catch (ZMQException e) {
            if (e.getErrorCode() == ZError.EHOSTUNREACH) {
                return false;
            }
            throw e;
        }
    }

    private void complain(ByteString connection, String what) {
        if (complainedAbout.size() < MAX_COMPLAINTS && complainedAbout.add(connection)) {
            LOG.warn(
                    "dropped a command from connection {}: {}; further ones are dropped silently",
                    connection.toStringUtf8(),
                    what);
        }
    }
}
