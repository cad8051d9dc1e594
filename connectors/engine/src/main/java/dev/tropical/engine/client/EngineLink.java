package dev.tropical.engine.client;

import dev.tropical.protocol.wire.EngineCommand;

/** Sends commands to engines. {@link EngineClient} is the one over ZeroMQ; tests have fakes. */
public interface EngineLink extends AutoCloseable {
    /**
     * Hands a command over to be sent. Never blocks; any thread; commands of one thread to one
     * engine arrive in order. The wire version is filled in.
     *
     * @return false when the engine is not up, or the queue is full, and nothing was sent. True is
     *     no promise: the engine may be lost before it reads the command.
     */
    boolean send(String engineId, EngineCommand command);

    @Override
    void close();
}
