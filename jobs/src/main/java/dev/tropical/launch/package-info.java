/**
 * Starts and ends what one machine runs: broker, engine processes, MiniCluster. Everything is
 * closed in reverse order of its start.
 */
@NullMarked
package dev.tropical.launch;

import org.jspecify.annotations.NullMarked;
