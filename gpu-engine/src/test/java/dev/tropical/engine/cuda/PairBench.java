package dev.tropical.engine.cuda;

import dev.tropical.engine.model.BlockLink;
import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Times what passes between two GPUs: the ranks' exchange, and blocks over a link. */
public final class PairBench {
    private static final int HIDDEN = 6144;
    private static final int VOCAB = 92544;
    private static final int MAX_TOKENS = 512;
    private static final int LAUNCHES = 200;
    private static final int ROUNDS = 8;

    private PairBench() {}

    public static void main(String[] args) throws Exception {
        try (RankPair pair = new RankPair()) {
            exchange(pair);
        }
        for (int ctas : new int[] {2, 4, 8, 16, 32}) {
            try (RankPair pair = new RankPair()) {
                link(pair, ctas);
            }
        }
    }

    /** Microseconds of an addition with its norm, and of gathered logits, one after the other. */
    private static void exchange(RankPair pair) throws Exception {
        ModelConfig config = GpuTests.withVocabulary(GpuTests.config(HIDDEN, 8, 2, 64, 0), VOCAB);
        for (int rows : new int[] {1, 16, 64, 85, 86, 256}) {
            List<double[]> micros =
                    pair.run(
                            seat -> {
                                try (RankParts rank = new RankParts(seat, config, MAX_TOKENS)) {
                                    return micros(rank, seat, rows);
                                }
                            });
            result("all-reduce-norm-" + rows + "-us", micros.get(0)[0]);
            result("norm-alone-" + rows + "-us", micros.get(0)[1]);
        }
    }

    private static double[] micros(RankParts rank, RankSeat seat, int rows) {
        GpuArrays gpu = rank.gpu;
        float[] ones = new float[HIDDEN];
        Arrays.fill(ones, 1);
        DeviceBuffer weight = gpu.float32(ones);
        Kernels.Norm norm =
                new Kernels.Norm(
                        rank.memory.residual.address(),
                        rank.memory.projected.address(),
                        weight.address(),
                        0,
                        rank.memory.normed.address());
        Runnable shared = () -> rank.exchange.addAndNorm(gpu.stream, norm, rows, rows);
        double together = micros(gpu, seat, shared);
        double alone = micros(gpu, seat, () -> rank.kernels.rmsNorm(gpu.stream, norm, rows));
        return new double[] {together, alone};
    }

    /** Of a launch, in a graph of many. */
    private static double micros(GpuArrays gpu, RankSeat seat, Runnable launch) {
        launch.run();
        gpu.stream.synchronize();
        try (StepGraph graph =
                        new StepGraph(
                                gpu.stream,
                                () -> {
                                    for (int i = 0; i < LAUNCHES; i++) {
                                        launch.run();
                                    }
                                });
                Event begin = new Event();
                Event end = new Event()) {
            double best = Double.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                seat.exchange(true);
                begin.record(gpu.stream);
                graph.launch(gpu.stream);
                end.record(gpu.stream);
                gpu.stream.synchronize();
                best = Math.min(best, end.nanosSince(begin) / 1e3 / LAUNCHES);
            }
            return best;
        }
    }

    /** GB/s of 256 blocks of 3 MiB in an order of their own at each end. */
    private static void link(RankPair pair, int ctas) throws Exception {
        List<Double> rates =
                pair.run(
                        seat -> {
                            try (LinkEnd end = new LinkEnd(seat, ctas)) {
                                double best = 0;
                                for (int round = 0; round < ROUNDS; round++) {
                                    seat.exchange(true);
                                    best = Math.max(best, rate(end, round));
                                }
                                return best;
                            }
                        });
        result("link-" + ctas + "-ctas-gb-per-s", rates.get(1));
    }

    private static double rate(LinkEnd end, int round) {
        int[] blocks = end.blocks(round);
        long startNs = System.nanoTime();
        long last = 0;
        for (int i = 0; i < blocks.length; i += BlockLink.MAX_BLOCKS) {
            last = end.ask(Arrays.copyOfRange(blocks, i, i + BlockLink.MAX_BLOCKS));
        }
        end.awaitDone(last);
        return (double) blocks.length * LinkEnd.BLOCK_BYTES / (System.nanoTime() - startNs);
    }

    private static void result(String key, double value) {
        System.out.printf(Locale.ROOT, "RESULT two-gpus.%s=%.3f%n", key, value);
    }
}
