package dev.tropical.flink.text;

/**
 * Text to token ids and back, as the model's {@code tokenizer.json} says. Safe for many threads at
 * once; native memory belongs to the {@link ModelCatalog} that gave it out.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Tokenizer {
    /** Ids of a text; with {@code addSpecialTokens} bos and the like are put round it. */
    public int[] encode(String text, boolean addSpecialTokens) {
        throw new UnsupportedOperationException();
    }

    /** Text of all ids at once; bytes that are no UTF-8 become U+FFFD. */
    public String decode(int[] tokenIds, boolean skipSpecialTokens) {
        throw new UnsupportedOperationException();
    }

    /** The bytes that a token stands for, for logprobs; they may be a part of a character. */
    public byte[] bytesOf(int tokenId) {
        throw new UnsupportedOperationException();
    }

    /** Whether {@code skipSpecialTokens} leaves it out. */
    public boolean isSpecial(int tokenId) {
        throw new UnsupportedOperationException();
    }
}
