package dev.tropical.openai;

import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.protocol.CompletionRecord.TokenLogprob;
import java.util.List;

/**
 * Where in a choice's text the next token starts, code points. Counted from the tokens' bytes: a
 * chunk's text may lag behind its tokens. An echoed prompt is text without tokens before the first;
 * where its tokens come with the first generated one, they are counted back from its end, so that
 * special tokens, which its text may lack, are before its beginning.
 */
final class TextOffset {
    private int codePoints;
    private boolean hasTokens;

    /**
     * Counts a chunk, and returns where its first token starts.
     *
     * @param echo the echoed prompt's tokens, where they come with this chunk's
     */
    int advance(Chunk chunk, List<TokenLogprob> echo) {
        hasTokens |= !chunk.tokenIds().isEmpty();
        if (!hasTokens) {
            codePoints += chunk.text().codePointCount(0, chunk.text().length());
        }
        int before = codePoints;
        for (TokenLogprob token : echo) {
            before -= TokenText.codePoints(token.bytes());
        }
        for (TokenLogprob token : chunk.logprobs()) {
            codePoints += TokenText.codePoints(token.bytes());
        }
        return before;
    }
}
