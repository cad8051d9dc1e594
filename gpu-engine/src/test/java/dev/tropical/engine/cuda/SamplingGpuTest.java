package dev.tropical.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.protocol.wire.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Draws on the GPU against the CPU engine's, and against the distributions that they promise. */
@Tag("gpu")
class SamplingGpuTest {
    private static final int ROWS = 250;
    private static final int[] NONE = {};

    /** Of 10,000; float32 weights may cross a threshold that float64 weights do not. */
    private static final int AT_A_THRESHOLD = 2;

    @Test
    void shouldDrawWhatTheCpuDraws() {
        Random random = new Random(11);
        int vocab = 3001;
        List<String> different = new ArrayList<>();
        try (SamplingHarness harness = new SamplingHarness(ROWS, vocab)) {
            for (int round = 0; round < GpuTests.rounds(40); round++) {
                float[] logits = logits(random, ROWS, vocab);
                int[] expected = new int[ROWS];
                List<SamplingParams> params = new ArrayList<>();
                for (int row = 0; row < ROWS; row++) {
                    int[] prompt = ids(random, vocab);
                    int[] generated = ids(random, vocab / 8);
                    params.add(params(random, vocab));
                    harness.bind(row, params.get(row), prompt, generated);
                    expected[row] =
                            harness.expected(params.get(row), prompt, generated, logits, row);
                }
                int[] drawn = harness.sample(logits);
                for (int row = 0; row < ROWS; row++) {
                    if (drawn[row] != expected[row]) {
                        different.add(
                                drawn[row] + " for " + expected[row] + ": " + params.get(row));
                    }
                }
            }
        }
        System.out.println(
                "draws that differ: " + different.size() + " of " + ROWS * GpuTests.rounds(40));
        assertThat(different).hasSizeLessThanOrEqualTo(AT_A_THRESHOLD);
    }

    private static float[] logits(Random random, int rows, int vocab) {
        float[] logits = new float[rows * vocab];
        for (int row = 0; row < rows; row++) {
            double deviation = new double[] {0.1, 1, 3, 10}[random.nextInt(4)];
            // Coarse ones are often equal, and the lower id must win.
            boolean isCoarse = random.nextInt(10) == 0;
            for (int i = row * vocab; i < (row + 1) * vocab; i++) {
                float logit = (float) (random.nextGaussian() * deviation);
                logits[i] = isCoarse ? Math.round(logit) : logit;
            }
        }
        return logits;
    }

    private static int[] ids(Random random, int bound) {
        return random.ints(random.nextInt(50), 0, bound).toArray();
    }

    private static SamplingParams params(Random random, int vocab) {
        SamplingParams.Builder params = SamplingHarness.params().setSeed(random.nextLong());
        params.setTemperature(
                random.nextInt(10) == 0 ? 0 : (float) (0.05 + 2 * random.nextDouble()));
        if (random.nextBoolean()) {
            params.setTopP(random.nextInt(8) == 0 ? 0 : random.nextFloat());
        }
        if (random.nextBoolean()) {
            params.setTopK(1 + random.nextInt(random.nextBoolean() ? 5 : vocab));
        }
        if (random.nextInt(3) == 0) {
            params.setMinP(random.nextFloat() * 0.3f);
        }
        if (random.nextInt(3) == 0) {
            params.setRepetitionPenalty(0.7f + random.nextFloat())
                    .setPresencePenalty(4 * random.nextFloat() - 2)
                    .setFrequencyPenalty(2 * random.nextFloat() - 1);
        }
        if (random.nextInt(4) == 0) {
            params.setMinTokens(random.nextInt(100)).addEosTokenIds(random.nextInt(vocab));
            random.ints(5, 0, vocab).forEach(params::addStopTokenIds);
        }
        if (random.nextInt(5) == 0) {
            random.ints(20, 0, vocab + 10)
                    .forEach(id -> params.putLogitBias(id, 20 * random.nextFloat() - 10));
        }
        if (random.nextInt(6) == 0) {
            random.ints(1 + random.nextInt(40), 0, vocab).forEach(params::addAllowedTokenIds);
        }
        return params.build();
    }

    @Test
    void shouldCountItsOwnDraws() {
        int vocab = 50;
        SamplingParams params =
                SamplingHarness.params()
                        .setTemperature(1.5f)
                        .setRepetitionPenalty(1.3f)
                        .setFrequencyPenalty(0.9f)
                        .setMinTokens(12)
                        .addEosTokenIds(3)
                        .setSeed(77)
                        .build();
        float[] logits = logits(new Random(5), 1, vocab);
        logits[3] = 9;
        int[] prompt = {1, 2, 3};
        int[] drawn = {};
        try (SamplingHarness harness = new SamplingHarness(1, vocab)) {
            harness.bind(0, params, prompt, NONE);
            for (int i = 0; i < 40; i++) {
                int expected = harness.expected(params, prompt, drawn, logits, 0);
                assertThat(harness.sample(logits)).containsExactly(expected);
                drawn = Arrays.copyOf(drawn, i + 1);
                drawn[i] = expected;
            }
        }
        assertThat(Arrays.stream(drawn).limit(12)).doesNotContain(3);
        assertThat(Arrays.stream(drawn).skip(12)).contains(3);
    }

    /** A bin of the first histogram overflows: all logits are equal, or one dwarfs the others. */
    @Test
    void shouldCutRowsWithoutSpread() {
        int vocab = 40_000;
        float[] logits = new float[2 * vocab];
        IntStream.range(0, vocab).forEach(i -> logits[vocab + i] = i * 1e-6f);
        logits[vocab] = 60;
        SamplingParams topK = SamplingHarness.params().setTemperature(1).setTopK(9000).build();
        SamplingParams narrow = SamplingHarness.params().setTemperature(40).setTopP(0.7f).build();
        for (SamplingParams params : List.of(topK, narrow)) {
            try (SamplingHarness harness = new SamplingHarness(2, vocab)) {
                for (int seed = 0; seed < GpuTests.rounds(20); seed++) {
                    SamplingParams own = params.toBuilder().setSeed(seed).build();
                    harness.bind(0, own);
                    harness.bind(1, own);
                    assertThat(harness.sample(logits))
                            .containsExactly(
                                    harness.expected(own, NONE, NONE, logits, 0),
                                    harness.expected(own, NONE, NONE, logits, 1));
                }
            }
        }
    }

    @Test
    void shouldTakeTheLowestOfTheLargestLogitsAndReportNaN() {
        int vocab = 4000;
        float[] logits = logits(new Random(3), 4, vocab);
        logits[77] = 50;
        logits[1500] = 50;
        logits[2 * vocab - 1] = -Float.NaN;
        Arrays.fill(logits, 2 * vocab, 3 * vocab, Float.NEGATIVE_INFINITY);
        Arrays.fill(logits, 3 * vocab, 4 * vocab, Float.NEGATIVE_INFINITY);
        try (SamplingHarness harness = new SamplingHarness(4, vocab)) {
            IntStream.range(0, 3).forEach(i -> harness.bind(i, SamplingHarness.params().build()));
            harness.bind(3, SamplingHarness.params().addStopTokenIds(1234).build());
            assertThat(harness.sample(logits)).containsExactly(77, -1, 0, 1234);
        }
    }

    @Test
    void shouldDrawInProportion() {
        float[] logits = {0.3f, 2.1f, -1, 1.7f, 0.9f, -0.4f, 2.0f, 0, 1.2f, -2};
        SamplingParams.Builder all = SamplingHarness.params().setTemperature(1);
        check(all, logits, id -> 0);
        check(all.clone().setTemperature(0.6f), logits, id -> logits[id] / 0.6 - logits[id]);
        IntToDoubleFunction top5 = id -> logits[id] < 0.9f ? Double.NEGATIVE_INFINITY : 0;
        check(all.clone().setTopK(5), logits, top5);
        // The four most likely weigh 0.80 of the total, the five most likely 0.88.
        check(all.clone().setTopP(0.85f), logits, top5);
        // 0.9 is exp(0.9 - 2.1) = 0.30 of the largest, 0.3 is 0.17.
        check(all.clone().setMinP(0.25f), logits, top5);
        check(all.clone().putLogitBias(9, 4), logits, id -> id == 9 ? 4 : 0);
        check(
                all.clone().addAllowedTokenIds(2).addAllowedTokenIds(3),
                logits,
                id -> id == 2 || id == 3 ? 0 : Double.NEGATIVE_INFINITY);
        check(all.clone().setRepetitionPenalty(2), logits, id -> id > 1 ? 0 : -logits[id] / 2);
    }

    /**
     * Chi-square of some 20,000 first draws against {@code exp(logit + change)}.
     *
     * @param params the prompt is tokens 0 and 1
     */
    private static void check(
            SamplingParams.Builder params, float[] logits, IntToDoubleFunction change) {
        int rounds = GpuTests.rounds(80);
        int[] counts = new int[logits.length];
        try (SamplingHarness harness = new SamplingHarness(ROWS, logits.length)) {
            float[] rows = new float[ROWS * logits.length];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = logits[i % logits.length];
            }
            for (int round = 0; round < rounds; round++) {
                for (int row = 0; row < ROWS; row++) {
                    long seed = 1_000_003L * (round * ROWS + row);
                    harness.bind(row, params.setSeed(seed).build(), new int[] {0, 1}, NONE);
                }
                for (int token : harness.sample(rows)) {
                    counts[token]++;
                }
            }
        }
        double[] weights = new double[logits.length];
        Arrays.setAll(weights, id -> Math.exp(logits[id] + change.applyAsDouble(id)));
        double total = Arrays.stream(weights).sum();
        double chiSquare = 0;
        for (int id = 0; id < weights.length; id++) {
            double expected = weights[id] / total * rounds * ROWS;
            if (expected == 0) {
                assertThat(counts[id]).as("token " + id).isZero();
            } else {
                chiSquare += Math.pow(counts[id] - expected, 2) / expected;
            }
        }
        // With 9 degrees of freedom it is larger once in a million times.
        assertThat(chiSquare).isLessThan(45);
    }

    @Test
    void shouldReportLogProbabilities() {
        int vocab = 5003;
        Random random = new Random(8);
        for (int alternatives : new int[] {0, 1, 20, 1000}) {
            float[] logits = logits(random, 1, vocab);
            SamplingParams params =
                    SamplingHarness.params()
                            .setTemperature(1)
                            .setLogprobs(alternatives)
                            .putLogitBias(4, 3)
                            .build();
            int[] entries;
            try (SamplingHarness harness = new SamplingHarness(1, vocab)) {
                harness.bind(0, params);
                entries = harness.report(logits, 1 + alternatives);
                assertThat(entries[0]).isEqualTo(harness.expected(params, NONE, NONE, logits, 0));
            }
            double total = 0;
            for (float logit : logits) {
                total += Math.exp(logit);
            }
            int[] best =
                    IntStream.range(0, vocab)
                            .boxed()
                            .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                            .mapToInt(id -> id)
                            .toArray();
            for (int i = 0; i <= alternatives; i++) {
                int id = entries[2 * i];
                assertThat(id).isEqualTo(i == 0 ? id : best[i - 1]);
                assertThat((double) Float.intBitsToFloat(entries[2 * i + 1]))
                        .isCloseTo(logits[id] - Math.log(total), within(1e-5));
            }
        }
    }
}
