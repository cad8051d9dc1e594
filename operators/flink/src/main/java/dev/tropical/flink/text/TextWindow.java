package dev.tropical.flink.text;

import java.util.Arrays;

/**
 * Token ids to text, one at a time, by decoding a short tail of them again and giving out what is
 * new. The tail starts with tokens whose text is out already, because a token's text depends on
 * what stands before it: SentencePiece decoders drop the space of a first token.
 *
 * <p>A tail that ends in U+FFFD probably ends within a character and waits for the next token.
 * SentencePiece turns a whole run of byte tokens into U+FFFD when one of them is wrong; a wrong
 * byte after complete characters of the same run comes too late to take those back, and stands
 * alone.
 */
final class TextWindow {
    private static final char REPLACEMENT = '\ufffd';

    /** A character has at most 4 bytes, so more tokens than this cannot become one. */
    private static final int MAX_PENDING_TOKENS = 8;

    private final Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    private int[] tokens = new int[16];
    private int size;
    private int pendingFrom; // tokens before it are there for their context only
    private int emitted; // chars of the window's text that are out

    /**
     * @param context tokens before the first one, whose text is known; may be empty
     */
    TextWindow(Tokenizer tokenizer, boolean skipSpecialTokens, int[] context) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
        String text = tokenizer.decode(context, skipSpecialTokens);
        if (!endsInReplacement(text)) {
            tokens = Arrays.copyOf(context, Math.max(tokens.length, context.length + 1));
            size = context.length;
            pendingFrom = size;
            emitted = text.length();
        }
    }

    /** Takes a token; returns the text that is certain now, often empty within a character. */
    String push(int tokenId) {
        if (skipSpecialTokens && tokenizer.isSpecial(tokenId)) {
            return "";
        }
        append(tokenId);
        String text = decode(0);
        int certain = text.length();
        if (endsInReplacement(text)) {
            if (size - pendingFrom < MAX_PENDING_TOKENS) {
                return "";
            }
            certain--;
        }
        if (certain <= emitted) {
            return "";
        }
        String fresh = text.substring(wholeCharacter(text, emitted), certain);
        slide(text.length() - certain);
        return fresh;
    }

    /** The end of the tokens: what waited for a next one. */
    String flush() {
        String text = decode(0);
        int from = Math.min(emitted, text.length());
        emitted = text.length();
        return text.substring(wholeCharacter(text, from));
    }

    private void append(int tokenId) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = tokenId;
    }

    /** Forgets the old context; the tokens whose text has just been given out are the new one. */
    private void slide(int withheldChars) {
        emitted = decode(pendingFrom).length() - withheldChars;
        System.arraycopy(tokens, pendingFrom, tokens, 0, size - pendingFrom);
        size -= pendingFrom;
        pendingFrom = size;
    }

    private String decode(int from) {
        return tokenizer.decode(tokens, from, size, skipSpecialTokens);
    }

    private static boolean endsInReplacement(String text) {
        return !text.isEmpty() && text.charAt(text.length() - 1) == REPLACEMENT;
    }

    /** Not between the halves of a surrogate pair. */
    private static int wholeCharacter(String text, int index) {
        return index < text.length() && Character.isLowSurrogate(text.charAt(index))
                ? index + 1
                : index;
    }
}
