package dev.tropical.protocol;

/** The seeds of a request's choices, so that each process derives the same. */
public final class Seeds {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private Seeds() {}

    /**
     * The seed of choice {@code choice} of a request: the request's own for choice 0, so that a
     * request with one choice draws what its client asked for; else the SplitMix64 output {@code
     * choice} steps after {@code seed} (Steele, Lea and Flood 2014), which differs between the
     * choices of a request.
     *
     * @throws IllegalArgumentException when {@code choice} is negative
     */
    public static long forChoice(long seed, int choice) {
        if (choice < 0) {
            throw new IllegalArgumentException("choice: " + choice + " (expected: >= 0)");
        }
        if (choice == 0) {
            return seed;
        }
        long mixed = seed + choice * GOLDEN_GAMMA;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
