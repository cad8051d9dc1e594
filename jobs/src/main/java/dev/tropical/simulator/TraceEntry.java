package dev.tropical.simulator;

import java.util.List;

/**
 * A line of a trace.
 *
 * @param arrivedMs from the trace's start
 * @param promptTokens at least 1
 * @param outputTokens at least 1
 * @param prefixIds names of the prompt's 512-token pieces: prompts share what they begin with as
 *     far as these agree; none when nothing is known of the content
 */
public record TraceEntry(
        double arrivedMs, int promptTokens, int outputTokens, List<Integer> prefixIds) {
    public TraceEntry {
        prefixIds = List.copyOf(prefixIds);
    }

    /** Of unknown content. */
    public TraceEntry(double arrivedMs, int promptTokens, int outputTokens) {
        this(arrivedMs, promptTokens, outputTokens, List.of());
    }
}
