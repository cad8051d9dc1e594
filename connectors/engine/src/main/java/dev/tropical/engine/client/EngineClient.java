package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineCommand;

/**
 * Connections to all registered engines: a DEALER to the commands and a SUB to the status of each,
 * all owned by one I/O thread that {@link #open} starts and {@link #close} ends.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class EngineClient implements EngineLink {
    private EngineClient() {}

    /**
     * Connects to the directory's engines and follows its changes.
     *
     * @param name of this client in logs and in its ZeroMQ identity, to which a random suffix is
     *     added: each attempt of a subtask must be someone else to the engines
     */
    public static EngineClient open(
            EngineDirectory directory,
            String name,
            EngineClientOptions options,
            EngineListener listener) {
        throw new UnsupportedOperationException("open");
    }

    @Override
    public boolean send(String engineId, EngineCommand command) {
        throw new UnsupportedOperationException("send");
    }

    /** Ends the I/O thread and its sockets; at most 5 s. */
    @Override
    public void close() {}
}
