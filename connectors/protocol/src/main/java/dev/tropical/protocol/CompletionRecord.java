package dev.tropical.protocol;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One record of the completions topic: a chunk of a choice, a choice's finish, a notice, or the
 * request's one ending.
 *
 * @param id the request's id, also the record's key
 * @param kind which of them; decides which of the other fields mean something
 * @param choice the choice's index in [0, n); 0 for notices and endings
 * @param tokenOffset index of the first token of this chunk among the choice's generated ones
 * @param tokenIds the chunk's tokens (held-back text may make them more or fewer than the text
 *     shows)
 * @param textOffset code points of the choice's text before this chunk
 * @param text the chunk's text; never half a character
 * @param logprobs as many as tokens, or none
 * @param finishReason {@code stop}, {@code length}, {@code cancelled} or {@code error}; a choice
 *     has exactly one
 * @param stopReason the stop string, or the stop token's id as text; null for end-of-sequence and
 *     for length
 * @param usage with a good ending
 * @param error with a bad ending or a notice
 * @param meta goes into headers, not the body: it may differ between repeats of one record
 */
public record CompletionRecord(
        String id,
        Kind kind,
        int choice,
        int tokenOffset,
        int[] tokenIds,
        int textOffset,
        String text,
        TokenLogprob[] logprobs,
        @Nullable String finishReason,
        @Nullable String stopReason,
        @Nullable Usage usage,
        @Nullable Failure error,
        Meta meta) {

    /** What a record says. */
    public enum Kind {
        /**
         * Tokens and text of a choice; the choice's last chunk carries its {@code finish_reason}.
         */
        CHUNK,
        /** The request's one ending, good or bad: {@code final: true}. */
        ENDING,
        /** Something to know that ends nothing. */
        NOTICE
    }

    /** A token's natural-log probability, its text's bytes, and the alternatives. */
    public record TokenLogprob(int tokenId, byte[] bytes, float logprob, Alternative[] top) {}

    /** An alternative to the token that was chosen. */
    public record Alternative(int tokenId, byte[] bytes, float logprob) {}

    /**
     * Tokens counted over all choices; {@code cachedTokens} of the prompt came from a prefix cache.
     */
    public record Usage(int promptTokens, int completionTokens, int cachedTokens) {}

    /**
     * An error: the code is an {@link ErrorCode}'s word; {@code param} names the field at fault.
     *
     * @param first with the notice {@code duplicate_id}: the request that had the id before
     */
    public record Failure(
            String code, String message, @Nullable String param, @Nullable FirstUse first) {
        public Failure(String code, String message, @Nullable String param) {
            this(code, message, param, null);
        }
    }

    /**
     * The first request of an id, for one who repeats it: whether it said the same, and how far
     * back its completions begin.
     *
     * @param bodySha256 of its body, lower-case hex
     * @param arrivedAtMs the broker's append time of its record; 0 when it is not known
     */
    public record FirstUse(String bodySha256, long arrivedAtMs) {}

    /**
     * @param epoch the lane's epoch; readers drop records of a lower epoch than they have seen for
     *     the id
     * @param timings lifecycle durations as JSON, on endings
     */
    public record Meta(long epoch, @Nullable String timings) {}

    public CompletionRecord {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(kind, "kind");
        if (choice < 0 || tokenOffset < 0 || textOffset < 0) {
            throw new IllegalArgumentException(
                    "choice "
                            + choice
                            + ", token_offset "
                            + tokenOffset
                            + ", text_offset "
                            + textOffset
                            + " (expected: >= 0)");
        }
    }

    private static final int[] NO_TOKENS = {};
    private static final TokenLogprob[] NO_LOGPROBS = {};

    /** The request's good ending. */
    public static CompletionRecord ending(String id, Usage usage, Meta meta) {
        return withoutTokens(id, Kind.ENDING, usage, null, meta);
    }

    /** The request's bad ending. */
    public static CompletionRecord failed(String id, Failure error, Meta meta) {
        return withoutTokens(id, Kind.ENDING, null, error, meta);
    }

    /** A notice. */
    public static CompletionRecord notice(String id, Failure error, Meta meta) {
        return withoutTokens(id, Kind.NOTICE, null, error, meta);
    }

    private static CompletionRecord withoutTokens(
            String id, Kind kind, @Nullable Usage usage, @Nullable Failure error, Meta meta) {
        return new CompletionRecord(
                id, kind, 0, 0, NO_TOKENS, 0, "", NO_LOGPROBS, null, null, usage, error, meta);
    }

    /** The chunk that ends this chunk's choice right behind it. */
    public CompletionRecord cut(FinishWord reason, Meta cutMeta) {
        return new CompletionRecord(
                id,
                Kind.CHUNK,
                choice,
                tokenOffset + tokenIds.length,
                NO_TOKENS,
                textOffset + text.codePointCount(0, text.length()),
                "",
                NO_LOGPROBS,
                reason.word(),
                null,
                null,
                null,
                cutMeta);
    }

    /** Whether this record ends the request. */
    public boolean isFinal() {
        return kind == Kind.ENDING;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CompletionRecord that
                && id.equals(that.id)
                && kind == that.kind
                && choice == that.choice
                && tokenOffset == that.tokenOffset
                && textOffset == that.textOffset
                && text.equals(that.text)
                && Arrays.equals(tokenIds, that.tokenIds)
                && Objects.equals(finishReason, that.finishReason)
                && Objects.equals(stopReason, that.stopReason)
                && Objects.equals(usage, that.usage)
                && Objects.equals(error, that.error);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, kind, choice, tokenOffset, text);
    }
}
