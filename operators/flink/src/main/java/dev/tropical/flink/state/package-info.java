/**
 * Keys and state shared by the operators: which Flink key stands for a lane or a cell; the ids that
 * a lane has met. Imports Flink and the protocol; everything here is a constant, immutable, or
 * belongs to a task thread.
 */
@NullMarked
package dev.tropical.flink.state;

import org.jspecify.annotations.NullMarked;
