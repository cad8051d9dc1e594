package dev.tropical.flink.text;

import dev.tropical.protocol.wire.AdmittedRequest;
import org.jspecify.annotations.Nullable;

/**
 * Generated token ids of one choice to text, as they come. What it gives out depends on the tokens
 * alone, not on how they were cut into pushes, so that it can be rebuilt from them.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Detokenizer {
    /** A choice's detokenizer before its first generated token. */
    public static Detokenizer of(Tokenizer tokenizer, AdmittedRequest request) {
        throw new UnsupportedOperationException();
    }

    /** As it was after these generated tokens. */
    public static Detokenizer resume(
            Tokenizer tokenizer, AdmittedRequest request, int[] generatedTokenIds) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes generated tokens and returns the text that is now certain, perhaps empty. Do not push
     * the end-of-sequence or stop token that ended the choice, unless its text is wanted. Tokens
     * after a stop string are ignored.
     */
    public String push(int... tokenIds) {
        throw new UnsupportedOperationException();
    }

    /** No more tokens will come: what was held back. Empty after a stop string. */
    public String finish() {
        throw new UnsupportedOperationException();
    }

    /** The stop string that ended the choice, or null. */
    public @Nullable String stopString() {
        throw new UnsupportedOperationException();
    }

    /** Tokens taken so far, through the one that completed the stop string. */
    public int tokenCount() {
        throw new UnsupportedOperationException();
    }

    /** Code points returned so far: the {@code text_offset} of what comes next. */
    public int textOffset() {
        throw new UnsupportedOperationException();
    }
}
