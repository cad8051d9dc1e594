package dev.tropical.scheduling.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which block holds which prefix. Full blocks only, since only their content never changes again.
 *
 * <p>An index, no owner: {@link BlockPool} says when a block's content is about to be overwritten,
 * least recently used first. One writer, the scheduler's thread.
 */
public final class PrefixCache {
    private final PrefixKey root;
    private final Map<PrefixKey, Integer> blockOf = new HashMap<>();
    private final Map<Integer, PrefixKey> keyOf = new HashMap<>();

    /**
     * @param modelId part of every key: engines of different models never share
     */
    public PrefixCache(String modelId) {
        this.root = PrefixKey.root(modelId);
    }

    /** Keys of the full blocks among the first {@code length} tokens. */
    public List<PrefixKey> keys(int[] tokens, int length, int blockSize) {
        List<PrefixKey> keys = new ArrayList<>(length / blockSize);
        extend(keys, tokens, length / blockSize, blockSize);
        return keys;
    }

    /** Blocks of the longest cached prefix of {@code keys}: [0 to keys.size()]. */
    int[] match(List<PrefixKey> keys) {
        int[] blocks = new int[keys.size()];
        int count = 0;
        for (PrefixKey key : keys) {
            Integer block = blockOf.get(key);
            if (block == null) {
                break;
            }
            blocks[count++] = block;
        }
        return Arrays.copyOf(blocks, count);
    }

    /**
     * Says what a block holds. The first block of a key stays its one: a second one with the same
     * content remains unknown here, and is reused first.
     */
    void put(PrefixKey key, int block) {
        if (!keyOf.containsKey(block) && blockOf.putIfAbsent(key, block) == null) {
            keyOf.put(block, key);
        }
    }

    boolean isCached(int block) {
        return keyOf.containsKey(block);
    }

    /** The block's content is about to go. */
    void evict(int block) {
        @Nullable PrefixKey key = keyOf.remove(block);
        if (key != null) {
            blockOf.remove(key);
        }
    }

    /** Blocks that hold a known prefix. */
    public int size() {
        return keyOf.size();
    }

    /** Appends the keys of the blocks up to {@code fullBlocks} to a sequence's {@code keys}. */
    void extend(List<PrefixKey> keys, int[] tokens, int fullBlocks, int blockSize) {
        for (int i = keys.size(); i < fullBlocks; i++) {
            PrefixKey previous = i == 0 ? root : keys.get(i - 1);
            keys.add(previous.next(tokens, i * blockSize, blockSize));
        }
    }
}
