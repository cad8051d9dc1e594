/**
 * Everything between the job and Kafka: the topics, serializers, source and sink builders, the
 * gated source, the client of the completions topic, and a broker for one process. Imports the
 * protocol, Flink and Kafka; never a socket or a GPU. Sources and sinks belong to their task's
 * thread; each class that starts a thread says so and ends it in {@code close()}.
 */
@NullMarked
package dev.tropical.kafka;

import org.jspecify.annotations.NullMarked;
