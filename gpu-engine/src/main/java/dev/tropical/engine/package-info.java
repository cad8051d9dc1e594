/**
 * The engine process: its command line, its options (one record an area, validated whole), and the
 * order in which its parts start and end. The main thread is here and only waits.
 */
@NullMarked
package dev.tropical.engine;

import org.jspecify.annotations.NullMarked;
