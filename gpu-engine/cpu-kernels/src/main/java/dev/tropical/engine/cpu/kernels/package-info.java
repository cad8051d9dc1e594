/**
 * The CPU backend's inner loops, on the incubating Vector API: this module alone is compiled with
 * it. Everything here runs on the caller's thread and knows nothing of models.
 *
 * <p>One rule holds everywhere: the order of the operations behind one output value depends on the
 * shapes and on that value's own position, never on how many values are computed together.
 */
@NullMarked
package dev.tropical.engine.cpu.kernels;

import org.jspecify.annotations.NullMarked;
