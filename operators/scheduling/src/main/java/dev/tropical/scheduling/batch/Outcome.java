package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.FinishReason;
import dev.tropical.protocol.wire.TokenLogprobs;
import java.util.List;

/**
 * A token that a committed step gave a sequence. The sequence already holds it; its state says what
 * is next: {@code DECODING}, {@code PARKED} (offer it to a decode engine), {@code FINISHED}, or
 * {@code WAITING} (preempted meanwhile).
 *
 * @param sequence whose token
 * @param tokenOffset index of the token among the generated ones
 * @param tokenId the token; a stop token too is among the generated ones
 * @param logprobs the default instance when none were asked for
 * @param promptLogprobs with the first token, where asked for: of the prompt's tokens from the
 *     second on
 * @param finish {@code NOT_FINISHED}, {@code STOP} or {@code LENGTH}
 */
public record Outcome(
        Sequence sequence,
        int tokenOffset,
        int tokenId,
        TokenLogprobs logprobs,
        List<TokenLogprobs> promptLogprobs,
        FinishReason finish) {
    /** Whether the sequence ended with this token. */
    public boolean isFinished() {
        return finish != FinishReason.NOT_FINISHED;
    }
}
