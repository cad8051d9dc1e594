/**
 * Open-loop load against a running system or any server with OpenAI's API, and what its client saw:
 * requests are sent at the instants of a plan whatever has come back, latencies count from those
 * instants, and how late each was really sent is reported beside them. One thread prepares bodies,
 * one sends, the caller's writes the records; answers come on the target's own threads.
 */
@NullMarked
package dev.tropical.bench.serve;

import org.jspecify.annotations.NullMarked;
