/**
 * Moves a sequence's KV blocks from the engine that prefilled it to the one that decodes it: {@link
 * dev.tropical.engine.transfer.Departures} on the one side, {@link
 * dev.tropical.engine.transfer.Arrivals} on the other, each a small state machine a transfer. Both
 * are the loop thread's; they speak through {@link dev.tropical.engine.io.EnginePort} and know no
 * socket.
 */
@NullMarked
package dev.tropical.engine.transfer;

import org.jspecify.annotations.NullMarked;
