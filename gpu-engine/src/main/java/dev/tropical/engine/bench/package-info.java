/**
 * Measurements that users run: {@code ./tropical bench cpu-engine}. Prints {@code RESULT key=value
 * aim=...} lines and ends with exit code 1 when an aim is missed.
 */
@NullMarked
package dev.tropical.engine.bench;

import org.jspecify.annotations.NullMarked;
