/**
 * KV frames in clear text, over TCP connections of their own, where both engines were given an
 * address for it ({@code --kv-host}). The receiver hands a random token out over the command
 * socket, with the reservation; a connection that shows it first thing, once, is welcomed with one
 * byte, and brings that reservation's frames. Imports the wire protocol's constants alone. The loop
 * thread owns all of it; nothing waits.
 *
 * <pre>
 * sender:   token[32]              { block:int32 offset:int32 length:int32 bytes[length] }*
 * receiver:            welcome[1]                                  integers are big-endian
 * </pre>
 */
@NullMarked
package dev.tropical.engine.bulk;

import org.jspecify.annotations.NullMarked;
