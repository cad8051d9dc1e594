package dev.tropical.openai;

import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;

/**
 * Where in a choice's text the next token starts, code points. Counted from the tokens' bytes: a
 * chunk's text may lag behind its tokens. An echoed prompt is text without tokens before the first.
 */
final class TextOffset {
    private int codePoints;
    private boolean hasTokens;

    /** Counts a chunk, and returns where its first token starts. */
    int advance(Chunk chunk) {
        hasTokens |= !chunk.tokenIds().isEmpty();
        if (!hasTokens) {
            codePoints += chunk.text().codePointCount(0, chunk.text().length());
        }
        int before = codePoints;
        for (TokenLogprob token : chunk.logprobs()) {
            codePoints += TokenText.codePoints(token.bytes());
        }
        return before;
    }
}
