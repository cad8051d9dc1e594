package dev.tropical.bench.serve;

import dev.tropical.simulator.SimulatedRequest;

/**
 * Random prompts of exact lengths: equal where the trace says that prompts share a prefix, and
 * nowhere else.
 *
 * @param vocabSize ids are in [1, vocabSize)
 * @param salt runs with different ones share nothing, so that no run finds another's prompts cached
 */
public record PromptTokens(int vocabSize, long salt) {
    /** Tokens of a trace's piece. */
    static final int PIECE = 512;

    public PromptTokens {
        if (vocabSize < 2) {
            throw new IllegalArgumentException("vocabSize: " + vocabSize + " (expected: >= 2)");
        }
    }

    /** The request's prompt. */
    public int[] of(SimulatedRequest request) {
        int[] tokens = new int[request.promptTokens()];
        long own = mix(salt ^ mix(request.id().hashCode()));
        for (int i = 0; i < tokens.length; i++) {
            int piece = i / PIECE;
            boolean isShared = piece < request.prefixIds().size();
            long stream = isShared ? mix(salt + 1 + request.prefixIds().get(piece)) : own;
            long place = isShared ? i % PIECE : i;
            tokens[i] = 1 + (int) Long.remainderUnsigned(mix(stream + place), vocabSize - 1L);
        }
        return tokens;
    }

    /** SplitMix64's finalizer. */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
