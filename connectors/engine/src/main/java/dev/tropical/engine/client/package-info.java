/**
 * The job's side of the engines: who they are (the registry topic), their commands and events (a
 * ZeroMQ DEALER each), their status (a SUB each). Imports the protocol, {@code dev.tropical.kafka},
 * Flink and ZeroMQ. One I/O thread of an {@link dev.tropical.engine.client.EngineClient} owns its
 * sockets, one consumer thread of an {@link dev.tropical.engine.client.EngineRegistry} its
 * consumer; both end in {@code close()}.
 */
@NullMarked
package dev.tropical.engine.client;

import org.jspecify.annotations.NullMarked;
