/**
 * A runner without a model, for measuring and testing everything around one. Knows only the
 * runner's contract ({@link dev.tropical.engine.model.ModelRunner}); owned by the loop thread.
 */
@NullMarked
package dev.tropical.engine.paced;

import org.jspecify.annotations.NullMarked;
