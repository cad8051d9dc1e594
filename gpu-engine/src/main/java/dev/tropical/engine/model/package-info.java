/**
 * What the engine's loop knows of a model: {@link dev.tropical.engine.model.ModelRunner}. Backends
 * implement it.
 */
@NullMarked
package dev.tropical.engine.model;

import org.jspecify.annotations.NullMarked;
