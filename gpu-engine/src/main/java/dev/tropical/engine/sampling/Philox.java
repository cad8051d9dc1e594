package dev.tropical.engine.sampling;

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, 2011): a
 * counter-based generator. A number depends on the key and the counter alone, so a sequence that
 * goes on elsewhere, or on another device, draws the same.
 */
final class Philox {
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final int ROUNDS = 10;
    private static final long LOW = 0xFFFFFFFFL;

    private Philox() {}

    /**
     * Draw number {@code counter} of a seed, uniform in [0, 1): the upper 53 bits of the first two
     * words of the block with key = seed and counter = (low word, high word, 0, 0).
     */
    static double uniform(long seed, long counter) {
        int[] block = block(seed, (int) counter, (int) (counter >>> 32), 0, 0);
        long bits = (block[0] & LOW) << 32 | (block[1] & LOW);
        return (bits >>> 11) * 0x1p-53;
    }

    /** The four words of a block. */
    static int[] block(long key, int c0, int c1, int c2, int c3) {
        int key0 = (int) key;
        int key1 = (int) (key >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (c0 & LOW);
            long product1 = MULTIPLIER_1 * (c2 & LOW);
            int next0 = (int) (product1 >>> 32) ^ c1 ^ key0;
            int next2 = (int) (product0 >>> 32) ^ c3 ^ key1;
            c0 = next0;
            c1 = (int) product1;
            c2 = next2;
            c3 = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        return new int[] {c0, c1, c2, c3};
    }
}
