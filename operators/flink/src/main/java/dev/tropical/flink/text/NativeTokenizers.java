package dev.tropical.flink.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The native tokenizer library, loaded once per class loader.
 *
 * <p>A JVM refuses to load one library file into two class loaders, and a job that is submitted
 * again to a living TaskManager comes in a new one. So each class loader loads a copy of its own.
 * The copy's name is removed as soon as it is mapped; the mapping lives as long as the loader. The
 * CPU build inside the jar is taken as it is: DJL's own loader would look for GPUs, download a
 * build for them, and report its use.
 */
final class NativeTokenizers {
    private NativeTokenizers() {}

    /**
     * The library's functions.
     *
     * @throws UncheckedIOException when the library cannot be unpacked
     * @throws UnsatisfiedLinkError when this platform cannot load it
     */
    static TokenizersLibrary library() {
        return Holder.LIBRARY;
    }

    private static final class Holder {
        static final TokenizersLibrary LIBRARY = load();
    }

    private static TokenizersLibrary load() {
        requireOneClassLoader();
        String resource = resource();
        try (InputStream in = open(resource)) {
            Path directory = Files.createTempDirectory("tropical-tokenizers");
            Path copy = directory.resolve(System.mapLibraryName("tokenizers"));
            try {
                Files.copy(in, copy);
                System.load(copy.toString());
            } finally {
                Files.deleteIfExists(copy);
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack " + resource, e);
        }
        return TokenizersLibrary.LIB;
    }

    /** Native methods are looked up in the libraries of their class's own loader only. */
    private static void requireOneClassLoader() {
        if (TokenizersLibrary.class.getClassLoader() != NativeTokenizers.class.getClassLoader()) {
            throw new IllegalStateException(
                    "the tokenizers jar is on another class path than the job (expected: both in"
                            + " the job's jar, or both in the cluster's lib folder)");
        }
    }

    private static InputStream open(String resource) throws IOException {
        InputStream in = TokenizersLibrary.class.getClassLoader().getResourceAsStream(resource);
        if (in == null) {
            throw new IOException("no tokenizer library for this platform in the jar: " + resource);
        }
        return in;
    }

    private static String resource() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String platform = os.startsWith("mac") ? "osx" : os.startsWith("win") ? "win" : "linux";
        String arch = System.getProperty("os.arch", "");
        String machine = arch.equals("amd64") ? "x86_64" : arch;
        return "native/lib/"
                + platform
                + "-"
                + machine
                + "/cpu/"
                + System.mapLibraryName("tokenizers");
    }
}
