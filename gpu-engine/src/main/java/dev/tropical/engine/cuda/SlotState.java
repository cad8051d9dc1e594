package dev.tropical.engine.cuda;

import dev.tropical.engine.sampling.SequenceSampler;
import dev.tropical.protocol.wire.SamplingParams;
import org.jspecify.annotations.Nullable;

/**
 * What the host knows of a slot's sequence. The GPU draws plain greedy tokens itself and keeps the
 * last one, so that the next step may be launched before it is known here; everything else is drawn
 * on the host from a copied row of logits, and the next step waits for that.
 */
final class SlotState {
    private final @Nullable SequenceSampler sampler;
    private int lastToken;

    SlotState(SamplingParams sampling, int[] prompt, int[] generated, int vocabSize) {
        sampler =
                isPlainGreedy(sampling, generated.length)
                        ? null
                        : new SequenceSampler(sampling, prompt, generated, vocabSize);
    }

    private static boolean isPlainGreedy(SamplingParams sampling, int generated) {
        return sampling.getTemperature() == 0
                && sampling.getRepetitionPenalty() == 1
                && sampling.getPresencePenalty() == 0
                && sampling.getFrequencyPenalty() == 0
                && sampling.getLogitBiasCount() == 0
                && sampling.getAllowedTokenIdsCount() == 0
                && sampling.getLogprobs() < 0
                && sampling.getMinTokens() <= generated;
    }

    /** Null where the GPU draws. */
    @Nullable SequenceSampler sampler() {
        return sampler;
    }

    boolean isOnHost() {
        return sampler != null;
    }

    /** Host sampling only. */
    void drew(int token) {
        lastToken = token;
    }

    /** The input that stands for the last drawn token: its id, or a reference to the GPU's. */
    int continuation(int slot) {
        return sampler == null ? -1 - slot : lastToken;
    }
}
