/**
 * A real cluster under load while a seeded schedule breaks its processes: what clients saw, and how
 * long each fault was felt.
 */
@NullMarked
package dev.tropical.bench.chaos;

import org.jspecify.annotations.NullMarked;
