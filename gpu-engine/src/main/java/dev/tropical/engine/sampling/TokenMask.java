package dev.tropical.engine.sampling;

/**
 * Says which tokens may come next, e.g. by a grammar. Called before each draw by the thread that
 * samples.
 */
@FunctionalInterface
public interface TokenMask {
    /**
     * @param tokenId in {@code [0, vocabSize)}
     * @param generatedTokens how many tokens the sequence has generated so far
     */
    boolean isAllowed(int tokenId, int generatedTokens);
}
