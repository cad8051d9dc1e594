/**
 * Admission: a record's bytes become a request with everything explicit, or a fault that its client
 * can read. Everything here belongs to the mailbox thread of the admit operator.
 */
@NullMarked
package dev.tropical.flink.admit;

import org.jspecify.annotations.NullMarked;
