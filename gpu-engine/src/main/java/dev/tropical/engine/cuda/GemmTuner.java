package dev.tropical.engine.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Tries the proposals for a product and keeps the fastest. On the weights of many layers, one after
 * the other, as in a step: a single matrix would come from the GPU's cache. Each after the kernel
 * that comes before it in a step: some products begin while that one runs.
 */
final class GemmTuner implements AutoCloseable {
    /** Smaller products take as long as their launch, whichever way they are done. */
    private static final long MIN_WEIGHTS = 1 << 20;

    /** Bytes of weights that a proposal is tried on at a time: many times the GPU's cache. */
    private static final long TRIED_BYTES = 1L << 29;

    /** How often each is tried; the first time in a process costs the host more than the GPU. */
    private static final int FIRST_ROUNDS = 2;

    /**
     * A proposal may be this much faster than it was in these tries of a fifth of a millisecond.
     */
    private static final double CLOSE = 1.03;

    /** How often those that are so close are tried again. */
    private static final int ROUNDS = 3;

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
        Runnable all =
                () -> {
                    for (Matrix weight : weights.subList(0, tried)) {
                        before.accept(stream);
                        gemm.multiply(stream, shape, weight, tokens, x, y);
                    }
                };
        for (int i = 0; i < plan.proposals(); i++) {
            plan.choose(i);
            // The first use of a proposal loads its code.
            gemm.multiply(stream, shape, weights.get(0), tokens, x, y);
        }
        plan.choose(fastest(plan, all));
    }

    /** That of the smallest median; by turns, as the GPU's clock changes with time. */
    private int fastest(GemmPlan plan, Runnable all) {
        long[][] nanos = new long[plan.proposals()][FIRST_ROUNDS + ROUNDS];
        int[] proposals = IntStream.range(0, nanos.length).toArray();
        for (int round = 0; round < FIRST_ROUNDS; round++) {
            time(plan, proposals, all, nanos, round);
        }
        long[] least = Arrays.stream(nanos).mapToLong(GemmTuner::leastOfFirst).toArray();
        double limit = CLOSE * Arrays.stream(least).min().orElseThrow();
        int[] close = Arrays.stream(proposals).filter(i -> least[i] <= limit).toArray();
        if (close.length == 1) {
            return close[0];
        }
        for (int round = FIRST_ROUNDS; round < FIRST_ROUNDS + ROUNDS; round++) {
            time(plan, close, all, nanos, round);
        }
        int best = close[0];
        for (int proposal : close) {
            Arrays.sort(nanos[proposal]);
            best = median(nanos[proposal]) < median(nanos[best]) ? proposal : best;
        }
        return best;
    }

    private void time(GemmPlan plan, int[] proposals, Runnable all, long[][] nanos, int round) {
        for (int proposal : proposals) {
            plan.choose(proposal);
            begin.record(stream);
            all.run();
            end.record(stream);
            stream.synchronize();
            nanos[proposal][round] = end.nanosSince(begin);
        }
    }

    private static long leastOfFirst(long[] nanos) {
        return Arrays.stream(nanos, 0, FIRST_ROUNDS).min().orElseThrow();
    }

    private static long median(long[] sorted) {
        return sorted[sorted.length / 2];
    }

    @Override
    public void close() {
        begin.close();
        end.close();
    }
}
