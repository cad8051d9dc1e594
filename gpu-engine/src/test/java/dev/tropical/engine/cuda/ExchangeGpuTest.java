package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tropical.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where two ranks' results meet, against float64. */
@Tag("gpu")
class ExchangeGpuTest {
    /** Rounded once to bf16; NCCL's sum is rounded once more before it is added. */
    private static final double TOLERANCE = 4e-3;

    private static final int MAX_TOKENS = 320;

    private final RankPair pair = new RankPair();

    @AfterEach
    void close() {
        pair.close();
    }

    private static ModelConfig config(int hidden) {
        return GpuTests.config(hidden, 8, 2, 64, 0);
    }

    /** A rank's outputs of one addition: the residual and its norm. */
    private record Sums(float[] residual, float[] out) {}

    private static Random random(int seed, int rank) {
        return new Random(seed * 31L + rank);
    }

    private static Sums addAndNorm(
            RankParts rank, Shard shard, int hidden, int tokens, int[] rows) {
        GpuArrays gpu = rank.gpu;
        int count = rows.length == 0 ? tokens : rows.length;
        DeviceBuffer residual = gpu.float32(residual(tokens, hidden));
        float[] part = GpuArrays.random(random(tokens, shard.rank()), tokens * hidden, 1);
        DeviceBuffer out = gpu.poisoned(2L * count * hidden);
        long chosen = rows.length == 0 ? 0 : gpu.ints(rows).address();
        Kernels.Norm norm =
                new Kernels.Norm(
                        residual.address(),
                        gpu.bf16(part).address(),
                        gpu.float32(weight(hidden)).address(),
                        chosen,
                        out.address());
        rank.exchange.addAndNorm(gpu.stream, norm, tokens, count);
        return new Sums(gpu.readFloat32(residual), gpu.readBf16(out));
    }

    private static float[] residual(int tokens, int hidden) {
        return GpuArrays.random(random(7, tokens), tokens * hidden, 1);
    }

    private static float[] weight(int hidden) {
        return GpuArrays.random(new Random(5), hidden, 1);
    }

    /** Few rows go by our kernel, 130 rows of 4096 and more by NCCL. */
    @ParameterizedTest
    @CsvSource({"1032", "4096", "6144", "16384"})
    void shouldAddTheRanksPartsAndNorm(int hidden) throws Exception {
        int[] counts = {1, 3, 32, 1, 85, 130, 32, 5};
        List<List<Sums>> results =
                pair.run(
                        seat -> {
                            try (RankParts rank = new RankParts(seat, config(hidden), MAX_TOKENS)) {
                                return IntStream.of(counts)
                                        .mapToObj(
                                                tokens ->
                                                        addAndNorm(
                                                                rank,
                                                                seat.shard(),
                                                                hidden,
                                                                tokens,
                                                                new int[0]))
                                        .toList();
                            }
                        });
        for (int i = 0; i < counts.length; i++) {
            Sums first = results.get(0).get(i);
            Sums second = results.get(1).get(i);
            // Else the ranks' residuals would drift apart.
            assertThat(first.residual).isEqualTo(second.residual);
            assertThat(first.out).isEqualTo(second.out);
            double[] sums = sums(counts[i], hidden);
            assertThat(GpuArrays.error(first.residual, sums)).isLessThan(TOLERANCE);
            int[] all = IntStream.range(0, counts[i]).toArray();
            assertThat(GpuArrays.error(first.out, normed(sums, hidden, all))).isLessThan(TOLERANCE);
        }
    }

    @Test
    void shouldNormChosenRowsAndLeaveTheResidual() throws Exception {
        int hidden = 4096;
        int tokens = 300;
        int[] rows = {299, 0, 17, 17, 128};
        List<Sums> results =
                pair.run(
                        seat -> {
                            try (RankParts rank = new RankParts(seat, config(hidden), MAX_TOKENS)) {
                                return addAndNorm(rank, seat.shard(), hidden, tokens, rows);
                            }
                        });
        double[] expected = normed(sums(tokens, hidden), hidden, rows);
        for (Sums result : results) {
            assertThat(result.residual).isEqualTo(residual(tokens, hidden));
            assertThat(GpuArrays.error(result.out, expected)).isLessThan(TOLERANCE);
        }
    }

    private static double[] sums(int tokens, int hidden) {
        float[] residual = residual(tokens, hidden);
        double[] sums = new double[residual.length];
        Arrays.setAll(sums, i -> residual[i]);
        for (int rank = 0; rank < RankPair.RANKS; rank++) {
            float[] part = GpuArrays.random(random(tokens, rank), sums.length, 1);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += part[i];
            }
        }
        return sums;
    }

    private static double[] normed(double[] sums, int hidden, int[] rows) {
        float[] weight = weight(hidden);
        double[] out = new double[rows.length * hidden];
        for (int row = 0; row < rows.length; row++) {
            double squares = 0;
            for (int i = 0; i < hidden; i++) {
                squares += Math.pow(sums[rows[row] * hidden + i], 2);
            }
            double scale = 1 / Math.sqrt(squares / hidden + 1e-5);
            for (int i = 0; i < hidden; i++) {
                out[row * hidden + i] = sums[rows[row] * hidden + i] * scale * weight[i];
            }
        }
        return out;
    }

    /** A thousand messages through the two places of a row, as a graph would send them. */
    @Test
    void shouldKeepMessagesApartThatFollowEachOther() throws Exception {
        int hidden = 1032;
        int launches = 1000;
        List<float[]> results =
                pair.run(
                        seat -> {
                            try (RankParts rank = new RankParts(seat, config(hidden), 8)) {
                                GpuArrays gpu = rank.gpu;
                                float[] ones = new float[hidden];
                                Arrays.fill(ones, 1 + seat.shard().rank());
                                DeviceBuffer residual = gpu.float32(new float[hidden]);
                                Kernels.Norm norm =
                                        new Kernels.Norm(
                                                residual.address(),
                                                gpu.bf16(ones).address(),
                                                gpu.float32(ones).address(),
                                                0,
                                                gpu.poisoned(2L * hidden).address());
                                gpu.stream.synchronize();
                                for (int i = 0; i < launches; i++) {
                                    rank.exchange.addAndNorm(gpu.stream, norm, 1, 1);
                                }
                                return gpu.readFloat32(residual);
                            }
                        });
        for (float[] result : results) {
            assertThat(result).containsOnly(3f * launches);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 160", "37, 160", "64, 92544", "3, 128256"})
    void shouldGiveEveryRankAllLogits(int rows, int vocab) throws Exception {
        ModelConfig small = config(1032);
        ModelConfig config = GpuTests.withVocabulary(small, vocab);
        List<float[]> results =
                pair.run(
                        seat -> {
                            try (RankParts rank = new RankParts(seat, config, rows)) {
                                GpuArrays gpu = rank.gpu;
                                int share = vocab / RankPair.RANKS;
                                float[] own =
                                        GpuArrays.random(
                                                random(rows, seat.shard().rank()), rows * share, 1);
                                DeviceBuffer values = gpu.float32(own);
                                gpu.stream.copy(
                                        rank.memory.ownLogits.pointer(),
                                        values.pointer(),
                                        values.bytes());
                                rank.exchange.gatherLogits(gpu.stream, rows);
                                float[] all = gpu.readFloat32(rank.memory.logits);
                                // Nobody frees what another one may still write to.
                                seat.exchange(true);
                                return Arrays.copyOf(all, rows * vocab);
                            }
                        });
        float[] expected = new float[rows * vocab];
        int share = vocab / RankPair.RANKS;
        for (int rank = 0; rank < RankPair.RANKS; rank++) {
            float[] part = GpuArrays.random(random(rows, rank), rows * share, 1);
            for (int row = 0; row < rows; row++) {
                System.arraycopy(part, row * share, expected, row * vocab + rank * share, share);
            }
        }
        assertThat(results.get(0)).isEqualTo(expected);
        assertThat(results.get(1)).isEqualTo(expected);
    }
}
