package dev.tropical.engine.cuda;

import dev.tropical.engine.model.ModelConfig;
import dev.tropical.engine.model.TensorLayout.Rows;
import java.util.ArrayList;
import java.util.List;

/**
 * What one rank of a tensor-parallel model holds (Shoeybi et al.: Megatron-LM, 2019). Each layer's
 * first products are cut by output rows: whole heads, and as many of the MLP's gates and ups; its
 * second ones by the input columns that those give, so that the ranks' outputs add up to the
 * layer's. The LM head is cut by tokens; the embedding table and the norms are whole everywhere.
 *
 * @param rank in [0, ranks)
 * @param ranks GPUs that share the model
 */
record Shard(int rank, int ranks) {
    /** A model on one GPU. */
    static final Shard WHOLE = new Shard(0, 1);

    Shard {
        if (ranks < 1 || rank < 0 || rank >= ranks) {
            throw new IllegalArgumentException(
                    "rank " + rank + " of " + ranks + " (expected: in [0, ranks))");
        }
    }

    boolean isWhole() {
        return ranks == 1;
    }

    /** Whether this rank adds what is to be added once, a bias of the second products. */
    boolean isFirst() {
        return rank == 0;
    }

    /**
     * The model as this rank computes it: its heads, and its part of the MLP.
     *
     * @throws IllegalArgumentException when something does not divide by the ranks, naming it
     */
    ModelConfig of(ModelConfig config) {
        if (isWhole()) {
            return config;
        }
        int heads = share("num_attention_heads", config.numHeads(), 1);
        int kvHeads = share("num_key_value_heads", config.numKvHeads(), 1);
        // Products take multiples of 8.
        int intermediate = share("intermediate_size", config.intermediateSize(), 8);
        share("vocab_size", config.vocabSize(), 8);
        return config.withShares(heads, kvHeads, intermediate);
    }

    private int share(String name, int value, int unit) {
        if (value % (ranks * unit) != 0) {
            throw new IllegalArgumentException(
                    name
                            + ": "
                            + value
                            + " (expected: a multiple of "
                            + ranks * unit
                            + " for tensor-parallel-size "
                            + ranks
                            + ")");
        }
        return value / ranks;
    }

    /** This rank's share of a number that divides. */
    int share(int total) {
        if (total % ranks != 0) {
            throw new IllegalArgumentException(
                    total + " (expected: a multiple of " + ranks + " ranks)");
        }
        return total / ranks;
    }

    /** This rank's of {@code total} columns. */
    Columns columns(int total) {
        return new Columns(total, rank * share(total), share(total));
    }

    /**
     * This rank's rows of each section.
     *
     * @param parts all rows of the sections, one section after the other
     * @param sections rows of each, e.g. of queries, keys and values
     */
    List<Rows> rows(List<Rows> parts, int... sections) {
        List<Rows> own = new ArrayList<>();
        int begin = 0;
        for (int section : sections) {
            int from = begin + rank * share(section);
            addRange(parts, from, from + share(section), own);
            begin += section;
        }
        return own;
    }

    /** Adds rows [from, to) of all parts' rows. */
    private static void addRange(List<Rows> parts, int from, int to, List<Rows> found) {
        int begin = 0;
        for (Rows part : parts) {
            int first = Math.max(from, begin);
            int end = Math.min(to, begin + part.count());
            if (first < end) {
                int firstRow = part.first() + first - begin;
                found.add(new Rows(part.tensor(), part.tensorRows(), firstRow, end - first));
            }
            begin += part.count();
        }
    }
}
