/**
 * What the gateway knows of the system beside the calls: the job's word on the cells topic, what
 * its own calls took, and both as metrics. Imports the protocol and the Kafka client; no HTTP.
 */
@NullMarked
package dev.tropical.openai.monitor;

import org.jspecify.annotations.NullMarked;
