/**
 * Which engine gets which request: policies, the router's picture of a cell, its queue, and the
 * prefill engine's choice of a decode engine. JDK and protocol only.
 *
 * <p>Everything belongs to one thread (in Flink the task's mailbox thread, one {@link
 * dev.tropical.scheduling.routing.CellRouter} a cell). All instants are nanoseconds on one clock
 * that the caller passes in; where requests carry a broker's arrival time that is the wall clock.
 */
@NullMarked
package dev.tropical.scheduling.routing;

import org.jspecify.annotations.NullMarked;
