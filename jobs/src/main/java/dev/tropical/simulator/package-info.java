/**
 * The scheduler in virtual time: the router, the policies, the batch scheduler, the block pool and
 * the decode placement are the very classes that the job and the engines run; only the device is a
 * cost model. Seeded: equal arguments give equal results. One thread a simulation; instants are
 * virtual nanoseconds from 0.
 */
@NullMarked
package dev.tropical.simulator;

import org.jspecify.annotations.NullMarked;
