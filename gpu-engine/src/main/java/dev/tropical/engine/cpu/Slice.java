package dev.tropical.engine.cpu;

/**
 * Some consecutive input tokens of a step, flattened over its entries. A step of any length is
 * computed in slices, so that activations take a fixed amount of memory; as results do not depend
 * on how a prompt is cut, nothing else notices. Reused; owned by the device thread.
 */
final class Slice {
    /** [count] input tokens. */
    final int[] tokenIds;

    /** [count] their positions. */
    final int[] positions;

    /** [count] the block table of each token's sequence. */
    final int[][] blockTables;

    /** [sampledCount] tokens whose logits are wanted. */
    final int[] sampled;

    /** [sampledCount] the plan's entries that those tokens are of. */
    final int[] sampledEntries;

    int count;
    int sampledCount;

    Slice(int capacity) {
        tokenIds = new int[capacity];
        positions = new int[capacity];
        blockTables = new int[capacity][];
        sampled = new int[capacity];
        sampledEntries = new int[capacity];
    }

    int capacity() {
        return tokenIds.length;
    }

    boolean isFull() {
        return count == tokenIds.length;
    }

    void clear() {
        count = 0;
        sampledCount = 0;
    }

    void add(int tokenId, int position, int[] blockTable) {
        tokenIds[count] = tokenId;
        positions[count] = position;
        blockTables[count] = blockTable;
        count++;
    }

    /** Asks for the logits of the token added last: to draw the next one, or to score it. */
    void sampleLast(int entry) {
        sampled[sampledCount] = count - 1;
        sampledEntries[sampledCount] = entry;
        sampledCount++;
    }
}
