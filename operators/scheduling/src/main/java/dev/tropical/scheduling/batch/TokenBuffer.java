package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.Submit;
import java.util.Arrays;

/**
 * A sequence's known tokens: the prompt's followed by the generated ones. Grows at its end only.
 */
final class TokenBuffer {
    /** Room for generated tokens at first; most answers are shorter than their limit. */
    private static final int FIRST_GROWTH = 256;

    private final int promptTokens;
    private int[] tokens;
    private int size;

    /**
     * @throws IllegalArgumentException when there is no prompt or no token left to generate
     */
    TokenBuffer(Submit request) {
        promptTokens = request.getPromptTokenIdsCount();
        int generated = request.getGeneratedTokenIdsCount();
        int maxTokens = request.getSampling().getMaxTokens();
        if (promptTokens == 0) {
            throw new IllegalArgumentException("prompt_token_ids: none (expected: at least one)");
        }
        if (maxTokens <= generated) {
            throw new IllegalArgumentException(
                    "max_tokens: "
                            + maxTokens
                            + " (expected: more than the "
                            + generated
                            + " generated)");
        }
        size = promptTokens + generated;
        tokens = new int[size + Math.min(maxTokens - generated, FIRST_GROWTH)];
        for (int i = 0; i < promptTokens; i++) {
            tokens[i] = request.getPromptTokenIds(i);
        }
        for (int i = 0; i < generated; i++) {
            tokens[promptTokens + i] = request.getGeneratedTokenIds(i);
        }
    }

    int size() {
        return size;
    }

    int promptTokens() {
        return promptTokens;
    }

    int generatedTokens() {
        return size - promptTokens;
    }

    void append(int tokenId) {
        append(tokenId, 1);
    }

    /** The same token so many times. */
    void append(int tokenId, int count) {
        if (size + count > tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * (size + count));
        }
        Arrays.fill(tokens, size, size + count, tokenId);
        size += count;
    }

    /** Tokens [from, to); a copy. */
    int[] copy(int from, int to) {
        return Arrays.copyOfRange(tokens, from, to);
    }

    /** The tokens in place; only the first {@link #size} mean something. */
    int[] array() {
        return tokens;
    }
}
