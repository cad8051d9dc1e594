package dev.tropical.kafka;

import dev.tropical.protocol.CompletionRecord.Failure;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client sees of its request: each token and character once, in order, per choice. */
public sealed interface CompletionEvent {
    /**
     * New tokens and text of a choice, neither of which has been seen before. Either may be empty:
     * text is held back while it could be half a character or a stop string.
     *
     * @param tokenOffset index of the first token among the choice's generated ones
     * @param logprobs as many as tokens, or none
     * @param prompt with the first token, where the request asks for them: the prompt's tokens; the
     *     first one's log probability is NaN
     */
    record Chunk(
            int choice,
            int tokenOffset,
            List<Integer> tokenIds,
            String text,
            List<TokenLogprob> logprobs,
            List<TokenLogprob> prompt)
            implements CompletionEvent {
        public Chunk(
                int choice,
                int tokenOffset,
                List<Integer> tokenIds,
                String text,
                List<TokenLogprob> logprobs) {
            this(choice, tokenOffset, tokenIds, text, logprobs, List.of());
        }
    }

    /** A choice's end: {@code stop}, {@code length}, {@code cancelled} or {@code error}. */
    record Finish(int choice, String reason, @Nullable String stopReason)
            implements CompletionEvent {}

    /**
     * The request's end; nothing follows. Exactly one of the two is there.
     *
     * @param timings lifecycle durations as JSON, when the record had them
     */
    record Ending(@Nullable Usage usage, @Nullable Failure error, @Nullable String timings)
            implements CompletionEvent {}

    /** Something to know that ends nothing. */
    record Notice(Failure notice) implements CompletionEvent {}
}
