package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.SamplingParams;
import java.util.HashSet;
import java.util.Set;

/** Whether a new token ends its sequence. Stop strings are the job's: engines know no text. */
final class StopCheck {
    private final Set<Integer> stopTokens = new HashSet<>();
    private final int minTokens;
    private final int maxTokens;

    StopCheck(SamplingParams sampling) {
        stopTokens.addAll(sampling.getStopTokenIdsList());
        if (!sampling.getIgnoreEos()) {
            stopTokens.addAll(sampling.getEosTokenIdsList());
        }
        minTokens = sampling.getMinTokens();
        maxTokens = sampling.getMaxTokens();
    }

    /** {@code generated} counts the new token. */
    FinishReason check(int tokenId, int generated) {
        if (generated >= minTokens && stopTokens.contains(tokenId)) {
            return FinishReason.STOP;
        }
        return generated >= maxTokens ? FinishReason.LENGTH : FinishReason.NOT_FINISHED;
    }

    /**
     * Tokens after which the sequence ends for certain and before which it cannot; 1 at least, and
     * 1 when any token may end it.
     */
    int tokensLeft(int generated) {
        return stopTokens.isEmpty() ? Math.max(1, maxTokens - generated) : 1;
    }

    /** Whether the sequence ends for certain once it has so many tokens. */
    boolean isLast(int generated) {
        return generated >= maxTokens;
    }
}
