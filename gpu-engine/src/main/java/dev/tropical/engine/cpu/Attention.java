package dev.tropical.engine.cpu;

import dev.tropical.engine.cpu.kernels.HeadAttention;
import dev.tropical.engine.model.ModelConfig;

/**
 * Causal attention over the paged KV cache. A query visits the positions it sees in ascending
 * order, once for the scores and once for the values, so its result depends on nothing but the
 * cache's contents.
 */
final class Attention {
    private final ModelConfig config;
    private final KvPool pool;

    /** [worker][head of the group] */
    private final HeadAttention[][] heads;

    Attention(ModelConfig config, KvPool pool, int maxModelLen, int workers) {
        this.config = config;
        this.pool = pool;
        this.heads = new HeadAttention[workers][config.groupSize()];
        float scale = (float) (1 / Math.sqrt(config.headDim()));
        for (HeadAttention[] group : heads) {
            for (int head = 0; head < group.length; head++) {
                group[head] = new HeadAttention(config.headDim(), scale, maxModelLen);
            }
        }
    }

    /** Where a group's query heads are, and where their results go; offsets into two arrays. */
    record Group(int kvHead, float[] queries, int queriesOffset, float[] out, int outOffset) {}

    /**
     * Computes the query heads that share a key and value head, for one token. The token's own key
     * and value are in the cache already.
     */
    void attend(Slice slice, int token, int layer, Group group, int worker) {
        int headDim = config.headDim();
        int position = slice.positions[token];
        int[] blockTable = slice.blockTables[token];
        int window = config.windows().get(layer);
        int first = window == 0 ? 0 : Math.max(0, position + 1 - window);
        HeadAttention[] workerHeads = heads[worker];
        for (int i = 0; i < workerHeads.length; i++) {
            workerHeads[i].begin(group.queries, group.queriesOffset + i * headDim);
        }
        int keys = pool.keys(layer, group.kvHead);
        visit(blockTable, first, position, keys, workerHeads, HeadAttention::score);
        for (HeadAttention head : workerHeads) {
            head.weigh();
        }
        int values = pool.values(layer, group.kvHead);
        visit(blockTable, first, position, values, workerHeads, HeadAttention::add);
        for (int i = 0; i < workerHeads.length; i++) {
            workerHeads[i].finish(group.out, group.outOffset + i * headDim);
        }
    }

    /** What to do with the keys or values of consecutive positions. */
    private interface Visitor {
        void visit(HeadAttention head, float[] block, int offset, int positions);
    }

    /** Visits positions [first, last], a block at a time, all heads of the group on each. */
    private void visit(
            int[] blockTable,
            int first,
            int last,
            int base,
            HeadAttention[] group,
            Visitor visitor) {
        int blockSize = pool.blockSize();
        for (int at = first, count; at <= last; at += count) {
            count = Math.min(blockSize - at % blockSize, last + 1 - at);
            float[] block = pool.block(blockTable[at / blockSize]);
            int offset = base + at % blockSize * config.headDim();
            for (HeadAttention head : group) {
                visitor.visit(head, block, offset, count);
            }
        }
    }
}
