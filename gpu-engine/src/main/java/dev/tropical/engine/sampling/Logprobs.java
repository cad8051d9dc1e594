package dev.tropical.engine.sampling;

import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.Arrays;

/** Natural log probabilities of a row of logits. */
final class Logprobs {
    private final float[] logits;
    private final double logTotal;
    private final int[] top;

    /**
     * Copies the row.
     *
     * @param alternatives how many of the most likely tokens to report
     */
    Logprobs(float[] row, int offset, int vocabSize, int alternatives) {
        logits = Arrays.copyOfRange(row, offset, offset + vocabSize);
        top = mostLikely(logits, Math.min(alternatives, vocabSize));
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double total = 0;
        for (float logit : logits) {
            total += Math.exp(logit - max);
        }
        logTotal = max + Math.log(total);
    }

    /** The chosen token's and its alternatives'. */
    TokenLogprobs of(int token) {
        TokenLogprobs.Builder result =
                TokenLogprobs.newBuilder().setLogprob((float) (logits[token] - logTotal));
        for (int id : top) {
            result.addTopTokenIds(id).addTopLogprobs((float) (logits[id] - logTotal));
        }
        return result.build();
    }

    /** 1 for the likeliest token; tokens as likely as this one do not count. */
    int rank(int token) {
        int rank = 1;
        for (float logit : logits) {
            rank += logit > logits[token] ? 1 : 0;
        }
        return rank;
    }

    /** Larger logits first, of equal ones the lower id. */
    private static int[] mostLikely(float[] logits, int count) {
        int[] top = new int[count];
        int size = 0;
        for (int id = 0; id < logits.length && count > 0; id++) {
            if (size == count && !(logits[id] > logits[top[size - 1]])) {
                continue;
            }
            int at = size == count ? size - 1 : size++;
            while (at > 0 && logits[id] > logits[top[at - 1]]) {
                top[at] = top[at - 1];
                at--;
            }
            top[at] = id;
        }
        return top;
    }
}
