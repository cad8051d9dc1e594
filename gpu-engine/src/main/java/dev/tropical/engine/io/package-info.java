/**
 * The engine's sockets, all owned by one I/O thread: a ROUTER for commands and events, a PUB for
 * the status, a DEALER to each peer and a SUB to their statuses. Imports the wire protocol and
 * nothing of the loop; the loop meets it in two bounded mailboxes ({@link
 * dev.tropical.engine.io.EnginePort}).
 */
@NullMarked
package dev.tropical.engine.io;

import org.jspecify.annotations.NullMarked;
