package dev.tropical.engine.io;

import com.google.protobuf.ByteString;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.EngineEvents;
import dev.tropical.protocol.wire.EngineInfo;
import dev.tropical.protocol.wire.EngineStatus;
import java.nio.ByteBuffer;
import java.util.List;

/** What the loop hands to the I/O thread. */
public sealed interface Outbound {

    /** Bytes that count against the mailbox's limit: those of raw frames. */
    default long bytes() {
        return 0;
    }

    /** Events for the lanes behind a connection. */
    record Events(ByteString connection, EngineEvents events) implements Outbound {}

    /** An answer to a peer's command, on the connection that it came from. */
    record Answer(ByteString connection, EngineCommand command) implements Outbound {}

    /**
     * A command to a peer.
     *
     * @param payload the raw frame behind a KvFrame, else empty; must not change afterwards
     */
    record ToPeer(String engineId, EngineCommand command, ByteBuffer payload) implements Outbound {
        @Override
        public long bytes() {
            return payload.remaining();
        }
    }

    /** A snapshot for everyone; also what the heartbeats repeat. */
    record Status(EngineStatus status) implements Outbound {}

    /** The engines to be connected to, this one not among them. */
    record Peers(List<EngineInfo> engines) implements Outbound {
        public Peers {
            engines = List.copyOf(engines);
        }
    }
}
