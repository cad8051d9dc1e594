/**
 * Measures what a runner's steps cost, before it serves: the coefficients that routing predicts
 * with. Knows {@link dev.tropical.engine.model.ModelRunner} and no backend; runs on the thread that
 * owns the runner.
 */
@NullMarked
package dev.tropical.engine.profile;

import org.jspecify.annotations.NullMarked;
