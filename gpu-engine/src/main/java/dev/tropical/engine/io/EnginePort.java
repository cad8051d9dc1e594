package dev.tropical.engine.io;

import dev.tropical.engine.bulk.BulkPort;
import java.util.Optional;

/** The loop's side of the sockets. Called by the loop thread alone. */
public interface EnginePort {

    /** The next message, or empty when none came within {@code timeoutNs}; 0 does not wait. */
    Optional<Inbound> receive(long timeoutNs) throws InterruptedException;

    /** Hands a message to the I/O thread; false when the mailbox is full and it was dropped. */
    boolean send(Outbound message);

    /** How many more KV frames may be handed over for this peer now; 0 for an unknown one. */
    int frameCredits(String engineId);

    /** Where KV frames go in clear text, beside the other sockets; empty unless asked for. */
    default Optional<BulkPort> bulk() {
        return Optional.empty();
    }
}
