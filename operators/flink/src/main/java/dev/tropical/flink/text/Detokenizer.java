package dev.tropical.flink.text;

import dev.tropical.protocol.wire.AdmittedRequest;
import org.jspecify.annotations.Nullable;

/**
 * Generated token ids of one choice to text, as they come: never half a character, and no text that
 * may belong to a stop string. What it gives out depends on the tokens alone, not on how they were
 * cut into pushes, so that it can be rebuilt from them. All of it together is what decoding all
 * tokens at once gives, cut at the stop string.
 */
public final class Detokenizer {
    /** Prompt tokens that the first generated ones are decoded after; vLLM takes as many. */
    private static final int CONTEXT_TOKENS = 5;

    private final TextWindow window;
    private final StopMatcher matcher;
    private final int minTokens;
    private int tokenCount;
    private int textOffset;

    private Detokenizer(TextWindow window, StopMatcher matcher, int minTokens) {
        this.window = window;
        this.matcher = matcher;
        this.minTokens = minTokens;
    }

    /**
     * A choice's detokenizer before its first generated token. As in vLLM, stop strings count only
     * in the text after {@code min_tokens} tokens.
     */
    public static Detokenizer of(Tokenizer tokenizer, AdmittedRequest request) {
        boolean skip = request.getSkipSpecialTokens();
        return new Detokenizer(
                new TextWindow(tokenizer, skip, context(tokenizer, request)),
                new StopMatcher(request.getStopList(), request.getIncludeStopInOutput()),
                request.getSampling().getMinTokens());
    }

    /** As it was after these generated tokens. */
    public static Detokenizer resume(
            Tokenizer tokenizer, AdmittedRequest request, int[] generatedTokenIds) {
        Detokenizer detokenizer = of(tokenizer, request);
        detokenizer.push(generatedTokenIds);
        return detokenizer;
    }

    /**
     * The prompt's end, so that a SentencePiece model's first word keeps the space that parts it
     * from the prompt. After a special token, as at the end of most chat prompts, text starts anew.
     */
    private static int[] context(Tokenizer tokenizer, AdmittedRequest request) {
        int end = request.getPromptTokenIdsCount();
        int start = end;
        while (start > 0
                && end - start < CONTEXT_TOKENS
                && !tokenizer.isSpecial(request.getPromptTokenIds(start - 1))) {
            start--;
        }
        int[] context = new int[end - start];
        for (int i = 0; i < context.length; i++) {
            context[i] = request.getPromptTokenIds(start + i);
        }
        return context;
    }

    /**
     * Takes generated tokens and returns the text that is now certain, perhaps empty. Do not push
     * the end-of-sequence or stop token that ended the choice, unless its text is wanted. Tokens
     * after a stop string are ignored.
     */
    public String push(int... tokenIds) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokenIds.length && matcher.stop() == null; i++) {
            String certain = window.push(tokenIds[i]);
            tokenCount++;
            text.append(tokenCount > minTokens ? matcher.push(certain) : certain);
        }
        return give(text);
    }

    /** No more tokens will come: what was held back. Empty after a stop string. */
    public String finish() {
        if (matcher.stop() != null) {
            return "";
        }
        String rest = window.flush();
        if (tokenCount <= minTokens) {
            return give(new StringBuilder(rest));
        }
        StringBuilder text = new StringBuilder(matcher.push(rest));
        return give(matcher.stop() == null ? text.append(matcher.flush()) : text);
    }

    private String give(StringBuilder text) {
        textOffset += text.codePointCount(0, text.length());
        return text.toString();
    }

    /** The stop string that ended the choice, or null. */
    public @Nullable String stopString() {
        return matcher.stop();
    }

    /** Tokens taken so far, through the one that completed the stop string. */
    public int tokenCount() {
        return tokenCount;
    }

    /** Code points returned so far: the {@code text_offset} of what comes next. */
    public int textOffset() {
        return textOffset;
    }
}
