/**
 * What the processes of Tropical say to each other: JSON records on the Kafka topics, protobuf
 * between job and engines. Imports nothing of ours; every type here is a value and belongs to no
 * thread.
 */
@NullMarked
package dev.tropical.protocol;

import org.jspecify.annotations.NullMarked;
