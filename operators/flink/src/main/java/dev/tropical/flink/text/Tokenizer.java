package dev.tropical.flink.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Text to token ids and back, as the model's {@code tokenizer.json} says. Safe for many threads at
 * once; native memory belongs to the {@link ModelCatalog} that gave it out.
 */
public final class Tokenizer implements AutoCloseable {
    private static final int[] NO_TOKENS = {};

    private final TokenizersLibrary library;
    private final long handle;
    private final Vocabulary vocabulary;
    private final SpecialTokens specialTokens;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Tokenizer(
            TokenizersLibrary library,
            long handle,
            Vocabulary vocabulary,
            SpecialTokens specialTokens) {
        this.library = library;
        this.handle = handle;
        this.vocabulary = vocabulary;
        this.specialTokens = specialTokens;
    }

    /**
     * Loads a model folder's tokenizer. The caller closes it.
     *
     * @param specialTokens what {@code tokenizer_config.json} says on bos and eos
     * @throws IOException naming the file, when it is missing or no tokenizer
     */
    static Tokenizer load(Path modelDirectory, SpecialTokens specialTokens) throws IOException {
        Path file = modelDirectory.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new IOException("no " + file + " (expected: a Hugging Face fast tokenizer)");
        }
        Vocabulary vocabulary = Vocabulary.read(file);
        TokenizersLibrary library = NativeTokenizers.library();
        long handle;
        try {
            handle = library.createTokenizerFromString(Files.readString(file));
        } catch (RuntimeException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
        // The file may ask for either; a server wants the tokens as they are.
        library.disableTruncation(handle);
        library.disablePadding(handle);
        return new Tokenizer(library, handle, vocabulary, specialTokens);
    }

    /**
     * Token ids of a text. A surrogate without its partner becomes U+FFFD.
     *
     * @param addSpecialTokens whether to put bos and eos round it where the model wants them: for
     *     plain prompts, not for a chat template's output, which holds them already
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        requireOpen();
        String whole = Surrogates.replaceLone(text);
        if (!addSpecialTokens || specialTokens.isExplicit()) {
            int[] tokenIds = encodeNatively(whole, false);
            return addSpecialTokens ? surround(tokenIds) : tokenIds;
        }
        return encodeNatively(whole, true);
    }

    private int[] surround(int[] tokenIds) {
        int[] bos = idOrNothing(specialTokens.bosToPrepend());
        int[] eos = idOrNothing(specialTokens.eosToAppend());
        int[] all = Arrays.copyOf(bos, bos.length + tokenIds.length + eos.length);
        System.arraycopy(tokenIds, 0, all, bos.length, tokenIds.length);
        System.arraycopy(eos, 0, all, bos.length + tokenIds.length, eos.length);
        return all;
    }

    private int[] idOrNothing(String token) {
        int id = vocabulary.idOf(token);
        return id < 0 ? NO_TOKENS : new int[] {id};
    }

    private int[] encodeNatively(String text, boolean addSpecialTokens) {
        long encoding = library.encode(handle, text, addSpecialTokens);
        try {
            long[] wide = library.getTokenIds(encoding);
            int[] tokenIds = new int[wide.length];
            for (int i = 0; i < wide.length; i++) {
                tokenIds[i] = (int) wide[i];
            }
            return tokenIds;
        } finally {
            library.deleteEncoding(encoding);
        }
    }

    /**
     * Text of all ids at once; bytes that are no UTF-8 become U+FFFD, ids that stand for nothing
     * (models pad their vocabularies) become nothing.
     */
    public String decode(int[] tokenIds, boolean skipSpecialTokens) {
        return decode(tokenIds, 0, tokenIds.length, skipSpecialTokens);
    }

    /** Text of the ids in [from, to). */
    String decode(int[] tokenIds, int from, int to, boolean skipSpecialTokens) {
        requireOpen();
        if (from == to) {
            return "";
        }
        long[] wide = new long[to - from];
        for (int i = from; i < to; i++) {
            wide[i - from] = tokenIds[i];
        }
        return library.decode(handle, wide, skipSpecialTokens);
    }

    /**
     * The bytes that a token stands for, for logprobs; they may be a part of a character, and are
     * none for an id that stands for nothing.
     */
    public byte[] bytesOf(int tokenId) {
        return vocabulary.bytesOf(tokenId);
    }

    /** Whether {@code skipSpecialTokens} leaves it out. */
    public boolean isSpecial(int tokenId) {
        return vocabulary.isSpecial(tokenId);
    }

    /** The id of a token by its text, or -1. */
    public int idOf(String token) {
        return vocabulary.idOf(token);
    }

    /** Length of the longest token, UTF-8 bytes. */
    public int longestTokenBytes() {
        return vocabulary.longestTokenBytes();
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the tokenizer is closed");
        }
    }

    /** Frees the native memory; only its owner calls this, when no thread uses it any more. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            library.deleteTokenizer(handle);
        }
    }
}
