/**
 * The engine's loop thread: takes commands in, runs steps, gives events and statuses out. Owns the
 * scheduler, the model runner and everything the engine holds for the lanes. Knows no socket: it
 * meets the I/O thread in {@link dev.tropical.engine.io.EnginePort}.
 */
@NullMarked
package dev.tropical.engine.loop;

import org.jspecify.annotations.NullMarked;
