/**
 * From logits to a token. Plain single-threaded code on the host: the specification that a device's
 * sampler follows, and what the CPU backend runs.
 */
@NullMarked
package dev.tropical.engine.sampling;

import org.jspecify.annotations.NullMarked;
