/**
 * Dispatch: each lane owns its requests from their first dispatch to their one ending, whichever
 * engine works on them, and alone writes their records. {@link
 * dev.tropical.flink.dispatch.LaneTable} is the state machine, plain Java with the clock passed in;
 * {@link dev.tropical.flink.dispatch.DispatchOperator} ties it to Flink and to the engine client.
 * The task thread owns everything; other threads only hand over through {@link
 * dev.tropical.flink.dispatch.EngineInbox}.
 */
@NullMarked
package dev.tropical.flink.dispatch;

import org.jspecify.annotations.NullMarked;
