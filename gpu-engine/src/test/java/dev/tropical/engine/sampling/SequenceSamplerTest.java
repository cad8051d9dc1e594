package dev.tropical.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SequenceSamplerTest {
    private static final int[] NONE = {};
    private static final float LOW = Float.NEGATIVE_INFINITY;

    @Test
    void shouldTakeTheLowestIdOfTheLargestWhenGreedy() {
        assertThat(draw(params(), 1f, 3f, 3f, 2f)).isEqualTo(1);
    }

    @Test
    void shouldReadItsRowOnly() {
        float[] logits = {9, 9, 1, 2, 3, 0, 9, 9};
        SequenceSampler sampler = new SequenceSampler(params().build(), NONE, NONE, 4);
        assertThat(sampler.sample(logits, 2, new Candidates(4)).tokenId()).isEqualTo(2);
    }

    @Test
    void shouldPenalizeRepetitionOfPromptAndGeneratedOnceEach() {
        SamplingParams params = params().setRepetitionPenalty(2).build();
        float[] logits = {4, 3, -1, -1.5f};
        // 4 / 2 < 3: the prompt's token loses, however often it occurs.
        assertThat(draw(params, new int[] {0, 0}, NONE, logits)).isEqualTo(1);
        assertThat(draw(params, new int[] {0}, new int[] {1}, logits)).isEqualTo(0);
        // Negative logits are multiplied: -1 * 2 < -1.5.
        assertThat(draw(params, new int[] {2}, NONE, LOW, LOW, -1, -1.5f)).isEqualTo(3);
    }

    @Test
    void shouldPenalizePresenceAndFrequencyOfGeneratedTokensOnly() {
        SamplingParams presence = params().setPresencePenalty(1.5f).build();
        assertThat(draw(presence, new int[] {0}, NONE, 3f, 2f)).isEqualTo(0);
        assertThat(draw(presence, NONE, new int[] {0, 0, 0}, 3f, 2f)).isEqualTo(1);
        assertThat(draw(presence, NONE, new int[] {0, 0, 0}, 3f, 1.4f)).isEqualTo(0);
        SamplingParams frequency = params().setFrequencyPenalty(0.5f).build();
        assertThat(draw(frequency, NONE, new int[] {0}, 3f, 2f)).isEqualTo(0);
        assertThat(draw(frequency, NONE, new int[] {0, 0, 0}, 3f, 2f)).isEqualTo(1);
    }

    @Test
    void shouldCountItsOwnDraws() {
        SequenceSampler sampler =
                new SequenceSampler(params().setFrequencyPenalty(1).build(), NONE, NONE, 2);
        List<Integer> tokens =
                IntStream.range(0, 4)
                        .map(
                                i ->
                                        sampler.sample(new float[] {1.5f, 1}, 0, new Candidates(2))
                                                .tokenId())
                        .boxed()
                        .toList();
        assertThat(tokens).containsExactly(0, 1, 0, 1);
    }

    @Test
    void shouldAddLogitBiasAndIgnoreIdsOutsideTheVocabulary() {
        SamplingParams.Builder params = params().putLogitBias(2, 5f).putLogitBias(99, 5f);
        assertThat(draw(params, 3f, 2f, 0f)).isEqualTo(2);
    }

    @Test
    void shouldChooseAmongAllowedTokensOnly() {
        assertThat(draw(params().addAllowedTokenIds(2).addAllowedTokenIds(0), 1f, 9f, 2f))
                .isEqualTo(2);
        SamplingParams params = params().addEosTokenIds(3).build();
        TokenMask even = (id, generated) -> (id + generated) % 2 == 0;
        SequenceSampler sampler = new SequenceSampler(params, NONE, NONE, 4, even);
        assertThat(sampler.sample(new float[] {1, 9, 2, 8}, 0, new Candidates(4)).tokenId())
                .isEqualTo(2);
        assertThat(sampler.sample(new float[] {1, 9, 2, 8}, 0, new Candidates(4)).tokenId())
                .isEqualTo(1);
    }

    @Test
    void shouldEndTheSequenceWhenTheMaskAllowsNothing() {
        SamplingParams params = params().addEosTokenIds(3).setTemperature(1).build();
        SequenceSampler sampler =
                new SequenceSampler(params, NONE, NONE, 4, (id, generated) -> false);
        assertThat(sampler.sample(new float[] {1, 9, 2, 8}, 0, new Candidates(4)).tokenId())
                .isEqualTo(3);
    }

    @Test
    void shouldNotStopBeforeMinTokens() {
        SamplingParams params =
                params().setMinTokens(2).addEosTokenIds(0).addStopTokenIds(1).build();
        SequenceSampler sampler = new SequenceSampler(params, NONE, NONE, 3);
        Candidates candidates = new Candidates(3);
        assertThat(sampler.sample(new float[] {9, 8, 1}, 0, candidates).tokenId()).isEqualTo(2);
        assertThat(sampler.sample(new float[] {9, 8, 1}, 0, candidates).tokenId()).isEqualTo(2);
        assertThat(sampler.sample(new float[] {9, 8, 1}, 0, candidates).tokenId()).isEqualTo(0);
    }

    @Test
    void shouldStopBeforeMinTokensWhenNothingElseIsAllowed() {
        SamplingParams.Builder params =
                params().setMinTokens(2).addEosTokenIds(0).addAllowedTokenIds(0);
        assertThat(draw(params, 1f, 8f, 1f)).isEqualTo(0);
    }

    @Test
    void shouldDrawInProportionToTheProbabilities() {
        float[] logits = {0, (float) Math.log(2), (float) Math.log(3), (float) Math.log(4)};
        assertThat(frequencies(params().setTemperature(1), logits))
                .satisfies(
                        shares -> {
                            for (int i = 0; i < shares.length; i++) {
                                assertThat(shares[i]).isCloseTo((i + 1) / 10.0, within(0.015));
                            }
                        });
    }

    @Test
    void shouldFlattenWithTemperature() {
        // Squared weights 1 : 4 : 9 : 16 at temperature 1/2.
        float[] logits = {0, (float) Math.log(2), (float) Math.log(3), (float) Math.log(4)};
        double[] shares = frequencies(params().setTemperature(0.5f), logits);
        for (int i = 0; i < shares.length; i++) {
            assertThat(shares[i]).isCloseTo((i + 1) * (i + 1) / 30.0, within(0.015));
        }
    }

    @Test
    void shouldKeepTheTopK() {
        double[] shares = frequencies(params().setTemperature(1).setTopK(2), 1f, 1f, 2f, 1f, LOW);
        double e = Math.E;
        // Of the three equal ones the lowest id is kept.
        assertThat(shares[0]).isCloseTo(1 / (1 + e), within(0.015));
        assertThat(shares[2]).isCloseTo(e / (1 + e), within(0.015));
        assertThat(shares[1] + shares[3] + shares[4]).isZero();
    }

    @Test
    void shouldKeepTheSmallestSetThatReachesTopP() {
        float[] logits = logs(0.1, 0.2, 0.4, 0.3);
        assertThat(kept(params().setTopP(0.39f), logits)).containsExactly(2);
        assertThat(kept(params().setTopP(0.5f), logits)).containsExactly(2, 3);
        assertThat(kept(params().setTopP(0.75f), logits)).containsExactly(1, 2, 3);
        assertThat(kept(params().setTopP(0.95f), logits)).containsExactly(0, 1, 2, 3);
        // After top_k the total is that of the kept ones: 0.4 / 0.7 > 0.5.
        assertThat(kept(params().setTopP(0.5f).setTopK(2), logits)).containsExactly(2);
    }

    @Test
    void shouldAgreeWithASortOnTopPOverALargeVocabulary() {
        int size = 5000;
        Random random = new Random(3);
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) (2 * random.nextGaussian());
        }
        for (double p : new double[] {0.01, 0.3, 0.9, 0.999}) {
            Candidates candidates = new Candidates(size);
            candidates.fill(logits, 0);
            candidates.weigh(1);
            candidates.keepMass(p);
            double[] weights = new double[size];
            for (int i = 0; i < size; i++) {
                weights[i] = Math.exp(logits[i]);
            }
            double total = Arrays.stream(weights).sum();
            double[] sorted = weights.clone();
            Arrays.sort(sorted);
            double mass = 0;
            int count = 0;
            while (mass < p * total) {
                mass += sorted[size - 1 - count++];
            }
            assertThat(candidates.size()).isEqualTo(count);
        }
    }

    @Test
    void shouldDropTokensBelowMinPOfTheMostLikely() {
        float[] logits = logs(0.1, 0.2, 0.4, 0.3);
        assertThat(kept(params().setMinP(0.6f), logits)).containsExactly(2, 3);
        assertThat(kept(params().setMinP(0.45f), logits)).containsExactly(1, 2, 3);
        assertThat(kept(params().setMinP(1), logits)).containsExactly(2);
    }

    @Test
    void shouldStayFiniteAtExtremeValues() {
        assertThat(draw(params().setTemperature(1e-30f), 1f, 1.001f, 0f)).isEqualTo(1);
        assertThat(draw(params().setTemperature(1).putLogitBias(0, 1e38f), 3e38f, 0f)).isEqualTo(0);
        assertThat(draw(params().setTemperature(1e30f).setTopP(1e-9f), 1f, 2f)).isEqualTo(1);
    }

    @Test
    void shouldRefuseLogitsThatAreNotNumbers() {
        assertThatThrownBy(() -> draw(params(), 1f, Float.NaN))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("token 1");
    }

    @Test
    void shouldGoOnAsBeforeAfterAResume() {
        SamplingParams params =
                params().setTemperature(1)
                        .setTopP(0.9f)
                        .setRepetitionPenalty(1.2f)
                        .setPresencePenalty(0.2f)
                        .setFrequencyPenalty(0.1f)
                        .setMinTokens(30)
                        .addEosTokenIds(4)
                        .setSeed(99)
                        .build();
        int[] prompt = {1, 2, 3};
        int[] whole = generate(new SequenceSampler(params, prompt, NONE, 50), 0, 60);
        for (int cut : new int[] {1, 17, 59}) {
            int[] known = Arrays.copyOf(whole, cut);
            int[] rest = generate(new SequenceSampler(params, prompt, known, 50), cut, 60 - cut);
            assertThat(rest).containsExactly(Arrays.copyOfRange(whole, cut, 60));
        }
        SamplingParams other = params.toBuilder().setSeed(100).build();
        assertThat(generate(new SequenceSampler(other, prompt, NONE, 50), 0, 60))
                .isNotEqualTo(whole);
    }

    @Test
    void shouldReportTheModelsOwnLogprobsMostLikelyFirst() {
        SamplingParams params =
                params().setLogprobs(3).setTemperature(0.5f).putLogitBias(0, 100f).build();
        SequenceSampler sampler = new SequenceSampler(params, NONE, NONE, 4);
        float[] logits = logs(0.1, 0.2, 0.5, 0.2);
        Sampled sampled = sampler.sample(logits, 0, new Candidates(4));
        TokenLogprobs logprobs = sampled.logprobs();
        assertThat(sampled.tokenId()).isZero();
        assertThat(logprobs.getLogprob()).isCloseTo((float) Math.log(0.1), within(1e-5f));
        assertThat(logprobs.getTopTokenIdsList()).containsExactly(2, 1, 3);
        assertThat(logprobs.getTopLogprobs(0)).isCloseTo((float) Math.log(0.5), within(1e-5f));
        assertThat(logprobs.getTopLogprobs(2)).isCloseTo((float) Math.log(0.2), within(1e-5f));
    }

    @Test
    void shouldReportNoMoreAlternativesThanTokens() {
        SequenceSampler sampler =
                new SequenceSampler(params().setLogprobs(20).build(), NONE, NONE, 2);
        Sampled sampled = sampler.sample(new float[] {1, 2}, 0, new Candidates(2));
        assertThat(sampled.logprobs().getTopTokenIdsList()).containsExactly(1, 0);
    }

    private static SamplingParams.Builder params() {
        return SamplingParams.newBuilder().setTopP(1).setRepetitionPenalty(1).setLogprobs(-1);
    }

    private static int draw(SamplingParams.Builder params, float... logits) {
        return draw(params.build(), NONE, NONE, logits);
    }

    private static int draw(SamplingParams params, int[] prompt, int[] generated, float... logits) {
        SequenceSampler sampler = new SequenceSampler(params, prompt, generated, logits.length);
        return sampler.sample(logits.clone(), 0, new Candidates(logits.length)).tokenId();
    }

    /** How often each token comes in 8,000 draws: a share's deviation is below 0.006. */
    private static double[] frequencies(SamplingParams.Builder params, float... logits) {
        int draws = 8000;
        double[] shares = new double[logits.length];
        SequenceSampler sampler =
                new SequenceSampler(params.setSeed(17).build(), NONE, NONE, logits.length);
        Candidates candidates = new Candidates(logits.length);
        for (int i = 0; i < draws; i++) {
            shares[sampler.sample(logits.clone(), 0, candidates).tokenId()] += 1.0 / draws;
        }
        return shares;
    }

    private static List<Integer> kept(SamplingParams.Builder params, float... logits) {
        double[] shares = frequencies(params.setTemperature(1), logits);
        return IntStream.range(0, shares.length).filter(i -> shares[i] > 0).boxed().toList();
    }

    private static float[] logs(double... probabilities) {
        float[] logits = new float[probabilities.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(probabilities[i]);
        }
        return logits;
    }

    private static int[] generate(SequenceSampler sampler, int from, int count) {
        int[] tokens = new int[count];
        Candidates candidates = new Candidates(50);
        for (int i = 0; i < count; i++) {
            Random random = new Random(from + i);
            float[] logits = new float[50];
            for (int id = 0; id < logits.length; id++) {
                logits[id] = (float) random.nextGaussian();
            }
            tokens[i] = sampler.sample(logits, 0, candidates).tokenId();
        }
        return tokens;
    }
}
