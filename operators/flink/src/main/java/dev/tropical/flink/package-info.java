/**
 * Inference for users' own jobs: {@link dev.tropical.flink.Inference} wires the operators of the
 * packages below into a stream, {@link dev.tropical.flink.InferenceOptions} says how. Runs where
 * the job graph is built; no thread of its own.
 */
@NullMarked
package dev.tropical.flink;

import org.jspecify.annotations.NullMarked;
