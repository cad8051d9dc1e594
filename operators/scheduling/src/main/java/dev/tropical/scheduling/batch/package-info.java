/**
 * An engine's side of scheduling: sequences, blocks, prefixes, and what goes into the next step.
 * Imports the JDK, the protocol and the cost model. No clock and no thread of its own: the engine's
 * loop thread owns everything here and passes the time in.
 */
@NullMarked
package dev.tropical.scheduling.batch;

import org.jspecify.annotations.NullMarked;
