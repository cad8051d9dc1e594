/**
 * What an engine shows of itself over HTTP, in Prometheus' text format and under vLLM's names where
 * one exists. The loop thread writes, the server's thread reads; nothing here waits.
 */
@NullMarked
package dev.tropical.engine.metrics;

import org.jspecify.annotations.NullMarked;
