/**
 * The CPU backend: float32 arithmetic over 16- or 32-bit weights on all cores. It is the reference
 * that other devices are compared with, and what an engine without a GPU runs on.
 *
 * <p>Results do not depend on how work is cut: every sum runs in an order fixed by the model's
 * shapes and the token's position alone, so batch, chunk, prefix hit and thread count change no
 * bit.
 */
@NullMarked
package dev.tropical.engine.cpu;

import org.jspecify.annotations.NullMarked;
