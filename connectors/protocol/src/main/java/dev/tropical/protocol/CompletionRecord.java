package dev.tropical.protocol;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One record of the completions topic. The id is the request's, and the record's key. */
public sealed interface CompletionRecord {
    String id();

    /** Goes into headers, not the body: it may differ between repeats of one record. */
    Meta meta();

    /**
     * Tokens and text of a choice.
     *
     * @param choice index in [0, n)
     * @param tokens the new ones (held-back text may make them more or fewer than the text shows)
     * @param finish with the choice's last chunk, and with no other
     * @param prompt with the choice's first token, where the request asks for them: the prompt's
     *     tokens and their log probabilities; the first has none, NaN
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Chunk(
            String id,
            int choice,
            Tokens tokens,
            Text text,
            @Nullable Finish finish,
            TokenLogprob[] prompt,
            Meta meta)
            implements CompletionRecord {
        private static final TokenLogprob[] NO_PROMPT = {};

        public Chunk {
            Objects.requireNonNull(id, "id");
            requireNotNegative("choice", choice);
        }

        /** Without log probabilities of the prompt. */
        public Chunk(
                String id,
                int choice,
                Tokens tokens,
                Text text,
                @Nullable Finish finish,
                Meta meta) {
            this(id, choice, tokens, text, finish, NO_PROMPT, meta);
        }

        /** The chunk that ends this one's choice right behind it. */
        public Chunk cut(FinishWord reason, Meta cutMeta) {
            return new Chunk(
                    id,
                    choice,
                    Tokens.none(tokens.end()),
                    new Text(text.end(), ""),
                    new Finish(reason.word(), null),
                    cutMeta);
        }
    }

    /** The request's one ending, {@code final: true}. Good with its usage, or bad with an error. */
    record Ending(String id, @Nullable Usage usage, @Nullable Failure error, Meta meta)
            implements CompletionRecord {
        public Ending {
            Objects.requireNonNull(id, "id");
            if ((usage == null) == (error == null)) {
                throw new IllegalArgumentException(
                        "ending of "
                                + id
                                + ": "
                                + usage
                                + ", "
                                + error
                                + " (expected: one of them)");
            }
        }

        public static Ending good(String id, Usage usage, Meta meta) {
            return new Ending(id, usage, null, meta);
        }

        public static Ending bad(String id, Failure error, Meta meta) {
            return new Ending(id, null, error, meta);
        }
    }

    /** Something to know that ends nothing. */
    record Notice(String id, Failure notice, Meta meta) implements CompletionRecord {
        public Notice {
            Objects.requireNonNull(id, "id");
        }
    }

    /**
     * A chunk's tokens.
     *
     * @param offset index of the first one among the choice's generated ones
     * @param logprobs as many as ids, or none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Tokens(int offset, int[] ids, TokenLogprob[] logprobs) {
        private static final int[] NO_IDS = {};
        private static final TokenLogprob[] NO_LOGPROBS = {};

        public Tokens {
            requireNotNegative("token_offset", offset);
        }

        public static Tokens of(int offset, int... ids) {
            return new Tokens(offset, ids, NO_LOGPROBS);
        }

        public static Tokens none(int offset) {
            return of(offset, NO_IDS);
        }

        /** The offset behind the last one. */
        public int end() {
            return offset + ids.length;
        }
    }

    /**
     * A chunk's text.
     *
     * @param offset code points of the choice's text before it
     * @param value never half a character
     */
    record Text(int offset, String value) {
        public Text {
            requireNotNegative("text_offset", offset);
        }

        /** The offset behind its last code point. */
        public int end() {
            return offset + value.codePointCount(0, value.length());
        }
    }

    /**
     * Why a choice ended; each has exactly one finish.
     *
     * @param reason a {@link FinishWord}'s word
     * @param stopReason the stop string, or the stop token's id as text; null for end-of-sequence
     *     and for length
     */
    record Finish(String reason, @Nullable String stopReason) {}

    /**
     * A token's natural-log probability, its text's bytes, and the alternatives.
     *
     * @param rank of a prompt's token in the whole vocabulary, 1 = the likeliest; 0 = not told
     */
    record TokenLogprob(int tokenId, byte[] bytes, float logprob, Alternative[] top, int rank) {
        public TokenLogprob(int tokenId, byte[] bytes, float logprob, Alternative[] top) {
            this(tokenId, bytes, logprob, top, 0);
        }
    }

    /** An alternative to the token that was chosen. */
    record Alternative(int tokenId, byte[] bytes, float logprob) {}

    /**
     * Tokens counted over all choices; {@code cachedTokens} of the prompt came from a prefix cache.
     */
    record Usage(int promptTokens, int completionTokens, int cachedTokens) {}

    /**
     * An error: the code is an {@link ErrorCode}'s word; {@code param} names the field at fault.
     *
     * @param first with the notice {@code duplicate_id}: the request that had the id before
     */
    record Failure(String code, String message, @Nullable String param, @Nullable FirstUse first) {
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
    record FirstUse(String bodySha256, long arrivedAtMs) {}

    /**
     * @param epoch the lane's epoch; readers drop records of a lower epoch than they have seen for
     *     the id
     * @param timings lifecycle durations as JSON, on endings
     * @param request whose record it is, {@link BodyHash#shortened}: of two requests under one id
     *     the second one's readers must not take the first one's answer for theirs; null in notices
     *     and where it is not known
     */
    record Meta(long epoch, @Nullable String timings, @Nullable String request) {
        public Meta(long epoch, @Nullable String timings) {
            this(epoch, timings, null);
        }
    }

    private static void requireNotNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 0)");
        }
    }
}
