package dev.tropical.engine.cuda;

import java.util.List;
import java.util.function.Consumer;

/**
 * Tries the proposals for a product and keeps the fastest. On the weights of many layers, one after
 * the other, as in a step: a single matrix would come from the GPU's cache. Each after the kernel
 * that comes before it in a step: some products begin while that one runs.
 */
final class GemmTuner implements AutoCloseable {
    /** Smaller products take as long as their launch, whichever way they are done. */
    private static final long MIN_WEIGHTS = 1 << 20;

    /** Bytes of weights that a proposal is tried on: many times the GPU's cache. */
    private static final long TRIED_BYTES = 1L << 30;

    private final Gemm gemm;
    private final Stream stream;
    private final Event begin = new Event();
    private final Event end = new Event();

    GemmTuner(Gemm gemm, Stream stream) {
        this.gemm = gemm;
        this.stream = stream;
    }

    /**
     * @param weights of one shape
     * @param x and y as of {@link Gemm#multiply}; y is overwritten
     * @param before enqueues what comes before each product
     */
    void tune(
            GemmShape shape,
            List<Matrix> weights,
            int tokens,
            long x,
            long y,
            Consumer<Stream> before) {
        if ((long) shape.rows() * shape.cols() < MIN_WEIGHTS) {
            return;
        }
        long bytes = 2L * shape.rows() * shape.cols();
        int tried = (int) Math.min(weights.size(), TRIED_BYTES / bytes + 1);
        GemmPlan plan = shape.plan(tokens);
        int best = 0;
        long bestNs = Long.MAX_VALUE;
        for (int i = 0; i < plan.proposals(); i++) {
            plan.choose(i);
            // The first use of a proposal loads its code.
            gemm.multiply(stream, shape, weights.get(0), tokens, x, y);
            begin.record(stream);
            for (Matrix weight : weights.subList(0, tried)) {
                before.accept(stream);
                gemm.multiply(stream, shape, weight, tokens, x, y);
            }
            end.record(stream);
            stream.synchronize();
            long ns = end.nanosSince(begin);
            if (ns < bestNs) {
                best = i;
                bestNs = ns;
            }
        }
        plan.choose(best);
    }

    @Override
    public void close() {
        begin.close();
        end.close();
    }
}
