package dev.tropical.scheduling.batch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The KV blocks of an engine by number: who holds them, and which is handed out next.
 *
 * <p>A block is free when nobody refers to it. The free ones form a doubly linked list in two
 * arrays, so that taking, giving back and reviving one from the middle (a prefix hit) cost O(1).
 * Taken from the front: blocks of unknown content go back to the front, cached ones to the back,
 * which makes the front the least recently used. Always free + used = total.
 *
 * <p>One writer, the scheduler's thread.
 */
public final class BlockPool {
    private final int blockSize;
    private final @Nullable PrefixCache cache;
    private final int[] references;
    // Entry i is block i's neighbour; entry [total] is the list's head and tail.
    private final int[] next;
    private final int[] previous;
    private int free;

    /**
     * @param numBlocks blocks of the KV pool
     * @param blockSize tokens of a block, a power of two
     * @param cache null: no prefix caching
     * @throws IllegalArgumentException when a number is out of range
     */
    public BlockPool(int numBlocks, int blockSize, @Nullable PrefixCache cache) {
        if (numBlocks < 1) {
            throw new IllegalArgumentException("numBlocks: " + numBlocks + " (expected: >= 1)");
        }
        if (Integer.bitCount(blockSize) != 1) {
            throw new IllegalArgumentException(
                    "blockSize: " + blockSize + " (expected: a power of two)");
        }
        this.blockSize = blockSize;
        this.cache = cache;
        this.references = new int[numBlocks];
        this.next = new int[numBlocks + 1];
        this.previous = new int[numBlocks + 1];
        for (int i = 0; i <= numBlocks; i++) {
            next[i] = i == numBlocks ? 0 : i + 1;
            previous[i] = i == 0 ? numBlocks : i - 1;
        }
        this.free = numBlocks;
    }

    /** Tokens of a block. */
    public int blockSize() {
        return blockSize;
    }

    /** All blocks. */
    public int total() {
        return references.length;
    }

    /** Blocks that nobody refers to; cached ones among them. */
    public int free() {
        return free;
    }

    /** Blocks that somebody refers to. */
    public int used() {
        return total() - free;
    }

    /** The prefix cache over these blocks, or null. */
    public @Nullable PrefixCache cache() {
        return cache;
    }

    /** Blocks that {@code tokens} positions need. */
    public int blocksFor(int tokens) {
        return (tokens + blockSize - 1) / blockSize;
    }

    /**
     * Takes a free block; a prefix that it held is forgotten.
     *
     * @throws IllegalStateException when none is free: ask {@link #free} first
     */
    int allocate() {
        if (free == 0) {
            throw new IllegalStateException("no free block of " + total());
        }
        int block = next[total()];
        unlink(block);
        references[block] = 1;
        if (cache != null) {
            cache.evict(block);
        }
        return block;
    }

    /** Refers to a block once more; revives it when it was free. */
    void acquire(int block) {
        if (references[block]++ == 0) {
            unlink(block);
        }
    }

    /** Whether {@link #acquire} would take this block out of the free ones. */
    boolean isFree(int block) {
        return references[block] == 0;
    }

    /**
     * Ends one reference.
     *
     * @throws IllegalStateException when there is none
     */
    void release(int block) {
        if (references[block] == 0) {
            throw new IllegalStateException("block " + block + " was released twice");
        }
        if (--references[block] == 0) {
            boolean isCached = cache != null && cache.isCached(block);
            link(block, isCached ? previous[total()] : total());
        }
    }

    /** References to all blocks together. */
    long references() {
        return Arrays.stream(references).asLongStream().sum();
    }

    private void unlink(int block) {
        next[previous[block]] = next[block];
        previous[next[block]] = previous[block];
        free--;
    }

    private void link(int block, int after) {
        previous[block] = after;
        next[block] = next[after];
        previous[next[block]] = block;
        next[after] = block;
        free++;
    }

    /**
     * Walks the whole list; for tests and for an engine's idle time.
     *
     * @throws IllegalStateException when list, counts and references disagree
     */
    public void checkIntegrity() {
        boolean[] isListed = new boolean[total()];
        int listed = 0;
        for (int block = next[total()]; block != total(); block = next[block]) {
            if (isListed[block] || references[block] != 0 || previous[next[block]] != block) {
                throw new IllegalStateException("block " + block + " is wrongly in the free list");
            }
            isListed[block] = true;
            listed++;
        }
        long unreferenced = Arrays.stream(references).filter(count -> count == 0).count();
        if (listed != free || unreferenced != free) {
            throw new IllegalStateException(
                    "free " + free + ", listed " + listed + ", unreferenced " + unreferenced);
        }
    }
}
