package dev.tropical.engine.loop;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.HeldSequence;
import dev.tropical.protocol.wire.SequenceKey;
import dev.tropical.protocol.wire.Submit;
import dev.tropical.protocol.wire.TokenEvent;
import dev.tropical.protocol.wire.TokenLogprobs;
import dev.tropical.scheduling.batch.Outcome;
import dev.tropical.scheduling.batch.Sequence;
import java.util.ArrayList;
import java.util.List;

/**
 * A sequence with what its lane has not made durable yet. Offsets count all generated tokens of the
 * choice, an earlier attempt's among them. Loop thread.
 */
final class Holding {
    private static final long RUNNING = Long.MIN_VALUE;

    private final Sequence sequence;
    private final List<TokenLogprobs> logprobs = new ArrayList<>();
    private List<TokenLogprobs> promptLogprobs;
    private int logprobsFrom;
    private int acked;
    private long finishedNs = RUNNING;

    /**
     * @param acked tokens [0, acked) are durable with the lane
     */
    Holding(Sequence sequence, int acked) {
        this.sequence = sequence;
        this.acked = acked;
        this.logprobsFrom = sequence.generatedTokens();
        this.promptLogprobs = sequence.request().getPromptLogprobsList();
        List<TokenLogprobs> drawnElsewhere = sequence.request().getGeneratedLogprobsList();
        if (drawnElsewhere.size() == logprobsFrom) {
            logprobs.addAll(drawnElsewhere);
            logprobsFrom = 0;
        }
    }

    Sequence sequence() {
        return sequence;
    }

    SequenceKey key() {
        return sequence.key();
    }

    Submit request() {
        return sequence.request();
    }

    int lane() {
        return request().getLane();
    }

    int acked() {
        return acked;
    }

    /** Whether the lane may lack something of it. */
    boolean hasUnacked() {
        return isFinished() || acked < sequence.generatedTokens();
    }

    boolean isFinished() {
        return finishedNs != RUNNING;
    }

    long finishedNs() {
        return finishedNs;
    }

    /** Keeps what goes with a new token; the sequence has the token itself already. */
    void add(Outcome outcome, long nowNs) {
        if (request().getSampling().getLogprobs() >= 0) {
            logprobs.add(outcome.logprobs());
        }
        if (!outcome.promptLogprobs().isEmpty()) {
            promptLogprobs = outcome.promptLogprobs();
        }
        if (outcome.isFinished()) {
            finishedNs = nowNs;
        }
    }

    /**
     * Tokens [0, offset) are durable.
     *
     * @return whether nothing is left that the lane could ask for
     */
    boolean ack(int offset) {
        int durable = Math.min(offset, sequence.generatedTokens());
        int forgotten = Math.min(durable - logprobsFrom, logprobs.size());
        if (forgotten > 0) {
            logprobs.subList(0, forgotten).clear();
            logprobsFrom += forgotten;
        }
        acked = Math.max(acked, durable);
        promptLogprobs = acked > 0 ? List.of() : promptLogprobs;
        return isFinished() && acked == sequence.generatedTokens();
    }

    /** Tokens from {@code offset} on, and the ending when there is one. */
    TokenEvent tokensFrom(int offset, long epoch) {
        int from = Math.max(0, Math.min(offset, sequence.generatedTokens()));
        TokenEvent.Builder event =
                TokenEvent.newBuilder()
                        .setKey(key())
                        .setLane(lane())
                        .setEpoch(epoch)
                        .setOffset(from)
                        .setStopTokenId(-1);
        for (int token : sequence.generated(from)) {
            event.addTokenIds(token);
        }
        event.addAllLogprobs(logprobsFrom(from));
        if (from == 0 && sequence.generatedTokens() > 0) {
            event.addAllPromptLogprobs(promptLogprobs);
        }
        if ((from == 0 && sequence.hasFirstToken()) || isFinished()) {
            event.setTimings(sequence.timings());
        }
        if (isFinished()) {
            event.setFinish(sequence.finish()).setStopTokenId(sequence.stopTokenId());
        } else {
            event.setFinish(FinishReason.NOT_FINISHED);
        }
        return event.build();
    }

    /** Until the first token is durable; none when the request does not want them. */
    List<TokenLogprobs> promptLogprobs() {
        return promptLogprobs;
    }

    /** One a token from {@code offset} on; none when the request does not want them. */
    List<TokenLogprobs> logprobsFrom(int offset) {
        List<TokenLogprobs> wanted = new ArrayList<>();
        if (request().getSampling().getLogprobs() >= 0) {
            for (int i = offset; i < sequence.generatedTokens(); i++) {
                wanted.add(logprobsOf(i));
            }
        }
        return wanted;
    }

    /** The default instance for tokens that are durable with the lane: nobody asks for those. */
    private TokenLogprobs logprobsOf(int offset) {
        int index = offset - logprobsFrom;
        return index >= 0 && index < logprobs.size()
                ? logprobs.get(index)
                : TokenLogprobs.getDefaultInstance();
    }

    HeldSequence toInventory(long epoch) {
        return HeldSequence.newBuilder()
                .setTokens(tokensFrom(acked, epoch))
                .setRequest(request())
                .build();
    }
}
