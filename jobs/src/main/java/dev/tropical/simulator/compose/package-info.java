/**
 * Cost models from measured operators: what a step of a model takes on a GPU that nobody here has,
 * by adding up tables of its matrix products, attention and all-reduces. Files in, coefficients
 * out; no thread, no clock.
 */
@NullMarked
package dev.tropical.simulator.compose;

import org.jspecify.annotations.NullMarked;
