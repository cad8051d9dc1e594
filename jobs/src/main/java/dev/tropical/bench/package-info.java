/** Measurements of the running system; every one prints {@code RESULT key=value aim=...} lines. */
@NullMarked
package dev.tropical.bench;

import org.jspecify.annotations.NullMarked;
