package dev.tropical.engine.sampling;

import dev.tropical.protocol.wire.SamplingParams;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Log probabilities of a prompt's own tokens: each one's in the distribution that the tokens before
 * it give. The first has none. Rows of logits may come in any order, and from several threads.
 */
public final class PromptScorer {
    private final int[] prompt;
    private final int vocabSize;
    private final int alternatives;
    private final @Nullable TokenLogprobs[] scores;

    /**
     * @param prompt token ids, at least one
     * @param params {@code prompt_logprobs} says how many alternatives to report
     */
    public PromptScorer(SamplingParams params, int[] prompt, int vocabSize) {
        this.prompt = prompt.clone();
        this.vocabSize = vocabSize;
        this.alternatives = params.getPromptLogprobs();
        this.scores = new TokenLogprobs[prompt.length - 1];
    }

    /** Whether the logits of the token at this position score one of the prompt. */
    public boolean scores(int position) {
        return position < scores.length;
    }

    /**
     * Scores the token behind a position.
     *
     * @param logits the row, from {@code offset}; not changed
     */
    public void score(int position, float[] logits, int offset) {
        Logprobs logprobs = new Logprobs(logits, offset, vocabSize, alternatives);
        int token = prompt[position + 1];
        scores[position] = logprobs.of(token).toBuilder().setRank(logprobs.rank(token)).build();
    }

    /**
     * One for each token of the prompt but the first.
     *
     * @throws IllegalStateException when a position has not been scored
     */
    public List<TokenLogprobs> all() {
        List<TokenLogprobs> all = new ArrayList<>(scores.length);
        for (TokenLogprobs score : scores) {
            if (score == null) {
                throw new IllegalStateException(
                        "position "
                                + all.size()
                                + " of the prompt has no score (expected: all of them)");
            }
            all.add(score);
        }
        return all;
    }
}
