package dev.tropical.simulator.compose;

import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepCostFit;
import dev.tropical.scheduling.cost.StepShape;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A model's steps as the sum of their measured operators. A layer is its four matrix products,
 * attention, two all-reduces where there are several GPUs, and small kernels that only move memory;
 * the model is its layers and the LM head. No host time: what Python adds is in no operator.
 */
public final class ComposedCost {
    private static final double MS_PER_SECOND = 1e3;
    private static final double NS_PER_MS = 1e6;
    private static final int BYTES = 2;

    /** Norms, rotary and activation read and write the hidden state so often, all together. */
    private static final int SMALL_PASSES = 12;

    /** And take so long at least, ms: six kernels of 3 us. */
    private static final double SMALL_MS = 0.018;

    /** Rows of the largest measured matrix product. */
    private static final int LARGEST_M = 8_192;

    private static final int[] PROMPTS = {
        128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536
    };
    private static final int[] BATCHES = {1, 2, 4, 8, 16, 32, 64, 128};
    private static final int[] CONTEXTS = {512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768};

    private final ModelShape model;
    private final ModelShape rank;
    private final int tp;
    private final OperatorTables tables;

    private ComposedCost(ModelShape model, int tp, OperatorTables tables) {
        this.model = model;
        this.rank = model.rank(tp);
        this.tp = tp;
        this.tables = tables;
    }

    /**
     * @param folder of the tables
     * @param gpu as their file names begin, a100_sxm
     * @param tp GPUs of one engine
     * @throws IOException when a table is missing or has nothing on these heads or so many GPUs
     * @throws IllegalArgumentException when the heads do not divide by {@code tp}
     */
    public static ComposedCost read(Path folder, String gpu, ModelShape model, int tp)
            throws IOException {
        OperatorTables tables = OperatorTables.read(folder, gpu, model.rank(tp), tp);
        return new ComposedCost(model, tp, tables);
    }

    /** A whole prompt in one step, seconds. */
    public double prefillSeconds(int tokens) {
        // Attention beyond the measured prompts grows with their square, as it must.
        double measured = Math.min(tokens, tables.prefillAttention().last());
        double attention = tables.prefillAttention().at(measured) * Math.pow(tokens / measured, 2);
        return (model.layers() * (layerMs(tokens) + attention) + headMs(1)) / MS_PER_SECOND;
    }

    /** A token for each of {@code batch} sequences of {@code context} tokens, seconds. */
    public double decodeSeconds(int batch, int context) {
        double attention = tables.decodeAttention().at(batch, context);
        return (model.layers() * (layerMs(batch) + attention) + headMs(batch)) / MS_PER_SECOND;
    }

    private double layerMs(int tokens) {
        int queries = rank.heads() * rank.headDim();
        int keysAndValues = 2 * rank.kvHeads() * rank.headDim();
        double products =
                productMs(tokens, queries + keysAndValues, model.hidden())
                        + productMs(tokens, model.hidden(), queries)
                        + productMs(tokens, 2 * rank.intermediate(), model.hidden())
                        + productMs(tokens, model.hidden(), rank.intermediate());
        double elements = (double) tokens * model.hidden();
        double small = SMALL_PASSES * elements * BYTES / tables.bandwidth() * MS_PER_SECOND;
        double reduces = tp == 1 ? 0 : 2 * tables.allReduce().at(elements);
        return products + Math.max(SMALL_MS, small) + reduces;
    }

    private double headMs(int tokens) {
        return productMs(tokens, rank.vocabulary(), model.hidden());
    }

    /** [m, k] x [k, n]; beyond the measured rows it grows with them. */
    private double productMs(int m, int n, int k) {
        double measured = Math.min(m, LARGEST_M);
        return tables.gemm().at(n, k, measured) * (m / measured);
    }

    /** The step formula's coefficients, fitted to prompts and decode batches of all sizes. */
    public StepCost toStepCost() {
        StepCostFit fit = new StepCostFit();
        for (int tokens : PROMPTS) {
            fit.add(StepShape.prefill(tokens, 0), ns(prefillSeconds(tokens)));
        }
        for (int batch : BATCHES) {
            for (int context : CONTEXTS) {
                StepShape shape = StepShape.decode(batch, (long) batch * context);
                fit.add(shape, ns(decodeSeconds(batch, context)));
            }
        }
        return fit.fit().orElseThrow();
    }

    private static long ns(double seconds) {
        return Math.round(seconds * MS_PER_SECOND * NS_PER_MS);
    }
}
