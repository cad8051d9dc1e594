package dev.tropical.simulator;

/**
 * A line of a trace.
 *
 * @param arrivedMs from the trace's start
 * @param promptTokens at least 1
 * @param outputTokens at least 1
 */
public record TraceEntry(double arrivedMs, int promptTokens, int outputTokens) {}
