package dev.tropical.flink.dispatch;

import dev.tropical.protocol.wire.AdmittedRequest;
import org.jspecify.annotations.Nullable;

/** Where the lanes get text from: the model's tokenizer, or a test's alphabet. */
interface TextSource {
    /** Whether the model is served here; of any other there is no text. */
    boolean serves(String model);

    /**
     * A choice's text after the given generated tokens.
     *
     * @param generatedTokenIds what the choice has said so far; empty at its start
     */
    ChoiceText open(AdmittedRequest request, int[] generatedTokenIds);

    /** The prompt's text, for {@code echo}. */
    String promptText(AdmittedRequest request);

    /** The bytes that a token stands for, for log-probabilities. */
    byte[] bytesOf(AdmittedRequest request, int tokenId);

    /**
     * One choice's tokens to text as they come. Depends on the tokens alone, not on how they were
     * cut into events.
     */
    interface ChoiceText {
        /** Text that is certain after one more token; empty while a character is incomplete. */
        String push(int tokenId);

        /** What was held back; no more tokens will come. */
        String finish();

        /** The stop string that ended the choice, or null. */
        @Nullable String stopString();

        /** Code points returned so far, those before it was opened included. */
        int textOffset();
    }
}
