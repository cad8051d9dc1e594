package dev.tropical.protocol;

/**
 * An engine as the router sees it.
 *
 * @param role {@code prefill} or {@code decode}, as it is now
 * @param isUp whether it may get requests
 * @param waiting sequences not yet started
 * @param blocksFree neither held nor reserved
 * @param promptTokens computed since the engine's start; so are the next three
 */
public record EngineLoad(
        String id,
        String role,
        String device,
        boolean isUp,
        int waiting,
        int runningPrefills,
        int runningDecodes,
        int blocksTotal,
        int blocksFree,
        long promptTokens,
        long generatedTokens,
        long preemptions,
        long finished) {}
