package dev.tropical.scheduling.batch;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives sequences their blocks and takes them back: not before the last step that may write them is
 * committed. Also fills the prefix cache with what committed steps have computed.
 */
final class KvBlocks {
    /** Blocks of an ended or preempted sequence that a step in flight may still write. */
    private record Deferred(int[] blocks, long untilStep) {}

    private final BlockPool pool;
    private final @Nullable PrefixCache cache;
    private final ArrayDeque<Deferred> deferred = new ArrayDeque<>();
    private int deferredBlocks;
    private long committedStep;

    KvBlocks(BlockPool pool) {
        this.pool = pool;
        this.cache = pool.cache();
    }

    int free() {
        return pool.free();
    }

    /** Blocks that the steps in flight give back when they are committed. */
    int deferred() {
        return deferredBlocks;
    }

    void addDeferredTo(Set<Integer> held) {
        for (Deferred entry : deferred) {
            for (int block : entry.blocks) {
                held.add(block);
            }
        }
    }

    /**
     * Takes the blocks of all of a waiting sequence's tokens and one more, sharing those that the
     * prefix cache knows.
     *
     * @param spare blocks that must stay free
     * @return tokens that need not be computed, or -1 when there are too few blocks
     */
    int admit(Sequence sequence, int spare) {
        int[] cached = matchPrefix(sequence);
        int count = pool.blocksFor(sequence.size() + 1);
        if (!hasFree(count, cached, spare)) {
            return -1;
        }
        for (int block : take(count, cached)) {
            sequence.blocks.add(block);
        }
        sequence.publishedBlocks = cached.length;
        return cached.length * pool.blockSize();
    }

    /**
     * Takes blocks for a sequence to come.
     *
     * @return [count], the cached ones of {@code prefix} first; null when there are too few
     */
    int @Nullable [] reserve(int count, int[] prefix) {
        return hasFree(count, prefix, 0) ? take(count, prefix) : null;
    }

    /** Leading blocks that are known to hold what {@code keys} name. */
    int[] match(List<PrefixKey> keys) {
        return cache == null ? new int[0] : cache.match(keys);
    }

    private int[] matchPrefix(Sequence sequence) {
        if (cache == null || sequence.isPromptScored()) {
            return new int[0];
        }
        // One token at least is computed: its logits are what the sequence waits for.
        int full = (sequence.size() - 1) / pool.blockSize();
        cache.extend(sequence.prefixKeys, sequence.tokenArray(), full, pool.blockSize());
        return cache.match(sequence.prefixKeys.subList(0, full));
    }

    private boolean hasFree(int count, int[] cached, int spare) {
        int revived = 0;
        for (int block : cached) {
            revived += pool.isFree(block) ? 1 : 0;
        }
        return pool.free() - revived - (count - cached.length) >= spare;
    }

    private int[] take(int count, int[] cached) {
        int[] blocks = Arrays.copyOf(cached, count);
        for (int block : cached) {
            pool.acquire(block);
        }
        for (int i = cached.length; i < count; i++) {
            blocks[i] = pool.allocate();
        }
        return blocks;
    }

    /** Whether the next input token has its block; takes one if need be and there is one. */
    boolean grow(Sequence sequence) {
        if (pool.blocksFor(sequence.scheduledTokens() + 1) <= sequence.blocks.size()) {
            return true;
        }
        if (pool.free() == 0) {
            return false;
        }
        sequence.blocks.add(pool.allocate());
        return true;
    }

    /** Blocks that a sequence's next so many input tokens need beyond those that it has. */
    int missing(Sequence sequence, int tokens) {
        int needed = pool.blocksFor(sequence.scheduledTokens() + tokens);
        return Math.max(0, needed - sequence.blocks.size());
    }

    /** Takes the blocks of the scheduled tokens; there are enough. */
    void cover(Sequence sequence) {
        for (int i = missing(sequence, 0); i > 0; i--) {
            sequence.blocks.add(pool.allocate());
        }
    }

    /** Ends a sequence's hold on its blocks. */
    void free(Sequence sequence) {
        int[] blocks = sequence.blocks.toArray();
        sequence.blocks.clear();
        if (sequence.lastStep > committedStep) {
            deferred.add(new Deferred(blocks, sequence.lastStep));
            deferredBlocks += blocks.length;
        } else {
            free(blocks);
        }
    }

    /** The last block first, so that a prefix's end is forgotten before its beginning. */
    void free(int[] blocks) {
        for (int i = blocks.length - 1; i >= 0; i--) {
            pool.release(blocks[i]);
        }
    }

    /** All steps up to this one have been done. */
    void onCommitted(long step) {
        committedStep = step;
        // Not in the order of their steps: a victim's last step may precede an earlier one's.
        deferred.removeIf(
                entry -> {
                    if (entry.untilStep > step) {
                        return false;
                    }
                    deferredBlocks -= entry.blocks.length;
                    free(entry.blocks);
                    return true;
                });
    }

    /** Makes the full blocks of a sequence's computed tokens known to the prefix cache. */
    void publish(Sequence sequence) {
        if (cache == null) {
            return;
        }
        int full = sequence.computedTokens() / pool.blockSize();
        cache.extend(sequence.prefixKeys, sequence.tokenArray(), full, pool.blockSize());
        for (int i = sequence.publishedBlocks; i < full; i++) {
            cache.put(sequence.prefixKeys.get(i), sequence.blocks.get(i));
        }
        sequence.publishedBlocks = Math.max(sequence.publishedBlocks, full);
    }
}
