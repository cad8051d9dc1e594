package dev.tropical.engine.sampling;

import dev.tropical.protocol.wire.SamplingParams;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a sequence's tokens. Each draw turns a row of float32 logits into a token, in this order:
 *
 * <ol>
 *   <li>Repetition penalty r, over the distinct tokens of prompt and generated: {@code l > 0 ? l /
 *       r : l * r}. Then for generated tokens: {@code l -= presence + frequency * count}.
 *   <li>{@code l += logit_bias}.
 *   <li>Token mask and allowed_token_ids: all others become minus infinity.
 *   <li>While fewer than min_tokens are generated, EOS and stop tokens become minus infinity,
 *       unless that leaves no token.
 *   <li>Temperature 0: the largest logit, of equal ones the lowest id. Else weights {@code w =
 *       exp((l - largest) / temperature)} in float64, of the top_k largest logits (of equal ones
 *       the lower ids).
 *   <li>top_p: the most likely tokens until their weights sum up to top_p of the total.
 *   <li>min_p: tokens whose weight is at least min_p of the largest.
 *   <li>Draw: u = {@link Philox#uniform} of (seed, number of tokens generated so far); the lowest
 *       id up to which the weights, added in order of ids, exceed u of their total.
 * </ol>
 *
 * <p>If the mask leaves no token at all, the first EOS token, else stop token, is chosen: nothing
 * else can end the sequence. Log probabilities are natural logarithms of the model's own
 * distribution, before step 1. State is a function of prompt and generated tokens alone, so a
 * sampler made from an earlier attempt's tokens goes on as that one would have. Owned by one thread
 * at a time.
 */
public final class SequenceSampler {
    private final SamplingParams params;
    private final int vocabSize;
    private final TokenCounts seen = new TokenCounts();
    private final TokenCounts generated = new TokenCounts();
    private final int[] stopIds;
    private final @Nullable BitSet allowed;
    private final @Nullable TokenMask mask;
    private int generatedTokens;

    public SequenceSampler(SamplingParams params, int[] prompt, int[] generated, int vocabSize) {
        this(params, prompt, generated, vocabSize, null);
    }

    /**
     * @param prompt token ids
     * @param generated tokens that an earlier attempt drew
     * @param mask which tokens may come next, besides {@code allowed_token_ids}; null = all
     */
    public SequenceSampler(
            SamplingParams params,
            int[] prompt,
            int[] generated,
            int vocabSize,
            @Nullable TokenMask mask) {
        this.params = params;
        this.vocabSize = vocabSize;
        this.mask = mask;
        Set<Integer> stops = new LinkedHashSet<>(params.getEosTokenIdsList());
        stops.addAll(params.getStopTokenIdsList());
        stopIds = stops.stream().mapToInt(id -> id).filter(this::isToken).toArray();
        allowed = params.getAllowedTokenIdsCount() == 0 ? null : new BitSet(vocabSize);
        if (allowed != null) {
            params.getAllowedTokenIdsList().stream().filter(this::isToken).forEach(allowed::set);
        }
        for (int token : prompt) {
            seen.add(token, 0);
        }
        for (int token : generated) {
            add(token);
        }
    }

    /**
     * Draws the next token and counts it.
     *
     * @param logits the row, from {@code offset}; overwritten
     * @param candidates the calling thread's working memory
     * @throws IllegalStateException when a logit is not a number: the weights are broken
     */
    public Sampled sample(float[] logits, int offset, Candidates candidates) {
        Logprobs logprobs =
                params.getLogprobs() < 0
                        ? null
                        : new Logprobs(logits, offset, vocabSize, params.getLogprobs());
        penalize(logits, offset);
        restrict(logits, offset);
        int token = choose(logits, offset, candidates);
        add(token);
        return new Sampled(token, logprobs == null ? null : logprobs.of(token));
    }

    private void penalize(float[] logits, int offset) {
        float repetition = params.getRepetitionPenalty();
        if (repetition != 1) {
            for (int i = 0; i < seen.size(); i++) {
                int at = offset + seen.token(i);
                logits[at] = logits[at] > 0 ? logits[at] / repetition : logits[at] * repetition;
            }
        }
        if (params.getPresencePenalty() != 0 || params.getFrequencyPenalty() != 0) {
            for (int i = 0; i < generated.size(); i++) {
                int token = generated.token(i);
                logits[offset + token] -=
                        params.getPresencePenalty()
                                + params.getFrequencyPenalty() * generated.count(token);
            }
        }
        for (Map.Entry<Integer, Float> bias : params.getLogitBiasMap().entrySet()) {
            if (isToken(bias.getKey())) {
                logits[offset + bias.getKey()] += bias.getValue();
            }
        }
    }

    private void restrict(float[] logits, int offset) {
        if (allowed != null || mask != null) {
            for (int id = 0; id < vocabSize; id++) {
                boolean isAllowed =
                        (allowed == null || allowed.get(id))
                                && (mask == null || mask.isAllowed(id, generatedTokens));
                if (!isAllowed) {
                    logits[offset + id] = Float.NEGATIVE_INFINITY;
                }
            }
        }
        if (generatedTokens >= params.getMinTokens()) {
            return;
        }
        float[] before = new float[stopIds.length];
        for (int i = 0; i < stopIds.length; i++) {
            before[i] = logits[offset + stopIds[i]];
            logits[offset + stopIds[i]] = Float.NEGATIVE_INFINITY;
        }
        if (logits[offset + largest(logits, offset)] == Float.NEGATIVE_INFINITY) {
            for (int i = 0; i < stopIds.length; i++) {
                logits[offset + stopIds[i]] = before[i];
            }
        }
    }

    private int choose(float[] logits, int offset, Candidates candidates) {
        int largest = largest(logits, offset);
        if (logits[offset + largest] == Float.NEGATIVE_INFINITY) {
            return stopIds.length > 0 ? stopIds[0] : largest;
        }
        if (params.getTemperature() == 0) {
            return largest;
        }
        candidates.fill(logits, offset);
        if (params.getTopK() > 0) {
            candidates.keepTop(params.getTopK());
        }
        candidates.weigh(params.getTemperature());
        if (params.getTopP() < 1) {
            candidates.keepMass(params.getTopP());
        }
        if (params.getMinP() > 0) {
            candidates.keepRelative(params.getMinP());
        }
        return candidates.draw(Philox.uniform(params.getSeed(), generatedTokens));
    }

    /** The lowest id among the largest logits. */
    private int largest(float[] logits, int offset) {
        int best = 0;
        for (int id = 0; id < vocabSize; id++) {
            float logit = logits[offset + id];
            if (logit > logits[offset + best]) {
                best = id;
            } else if (Float.isNaN(logit)) {
                throw new IllegalStateException(
                        "logit of token " + id + ": NaN (expected: a number)");
            }
        }
        return best;
    }

    private void add(int token) {
        seen.add(token, 0);
        generated.add(token, 1);
        generatedTokens++;
    }

    private boolean isToken(int id) {
        return id >= 0 && id < vocabSize;
    }
}
