/**
 * More load than a real cluster can serve, and load for a long time: what grows, and where. One
 * thread a part; {@link dev.tropical.bench.BenchCluster} owns the processes.
 */
@NullMarked
package dev.tropical.bench.load;

import org.jspecify.annotations.NullMarked;
