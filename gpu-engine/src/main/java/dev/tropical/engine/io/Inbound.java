package dev.tropical.engine.io;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineStatus;
import java.nio.ByteBuffer;

/** What the I/O thread hands to the loop. */
public sealed interface Inbound {

    /** Bytes that count against the mailbox's limit: those of raw frames. */
    default long bytes() {
        return 0;
    }

    /**
     * A command that arrived on the engine's own ROUTER, from a lane's subtask or from a peer.
     *
     * @param connection the sender's ZeroMQ identity; answers go there
     * @param payload the raw frame behind a KvFrame, else empty
     */
    record Command(ByteString connection, EngineCommand command, ByteBuffer payload)
            implements Inbound {
        @Override
        public long bytes() {
            return payload.remaining();
        }
    }

    /** A peer's answer to a command that this engine sent it. */
    record PeerAnswer(String engineId, EngineCommand command) implements Inbound {}

    /** A peer's status. */
    record PeerStatus(EngineStatus status) implements Inbound {}

    /** These events were dropped: their connection is full or gone. */
    record Undelivered(Outbound.Events dropped) implements Inbound {}
}
