/**
 * An engine's side of scheduling: sequences, blocks, prefixes, and what goes into the next step. No
 * clock, no thread.
 */
@NullMarked
package dev.tropical.scheduling.batch;

import org.jspecify.annotations.NullMarked;
