package dev.tropical.engine.sampling;

import java.util.Arrays;

/**
 * How often a sequence holds each token, for the penalties. Open addressing over the tokens that
 * occur: a table over the vocabulary would take half a megabyte a slot.
 */
final class TokenCounts {
    private static final int FREE = -1;

    private int[] tokens = newTable(64);
    private int[] counts = new int[64];
    private int[] order = new int[32];
    private int size;

    /** Adds to a token's count; 0 only makes it known. */
    void add(int token, int count) {
        int at = find(token);
        if (tokens[at] == FREE) {
            if (size == order.length) {
                grow();
                at = find(token);
            }
            tokens[at] = token;
            order[size++] = token;
        }
        counts[at] += count;
    }

    /** Number of distinct tokens. */
    int size() {
        return size;
    }

    /** The distinct tokens in the order in which they came. */
    int token(int index) {
        return order[index];
    }

    int count(int token) {
        int at = find(token);
        return tokens[at] == FREE ? 0 : counts[at];
    }

    private int find(int token) {
        int mask = tokens.length - 1;
        int at = (token * 0x9E3779B9) >>> 7 & mask;
        while (tokens[at] != FREE && tokens[at] != token) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        int[] oldTokens = tokens;
        int[] oldCounts = counts;
        tokens = newTable(2 * oldTokens.length);
        counts = new int[tokens.length];
        order = Arrays.copyOf(order, tokens.length / 2);
        for (int i = 0; i < oldTokens.length; i++) {
            if (oldTokens[i] != FREE) {
                int at = find(oldTokens[i]);
                tokens[at] = oldTokens[i];
                counts[at] = oldCounts[i];
            }
        }
    }

    private static int[] newTable(int size) {
        int[] table = new int[size];
        Arrays.fill(table, FREE);
        return table;
    }
}
