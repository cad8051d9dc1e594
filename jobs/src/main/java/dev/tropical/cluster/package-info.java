/**
 * A standalone Flink cluster as processes of this machine, a broker beside it, and the inference
 * job on any Flink cluster: submitted, watched, submitted anew from its newest checkpoint.
 */
@NullMarked
package dev.tropical.cluster;

import org.jspecify.annotations.NullMarked;
