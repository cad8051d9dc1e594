package dev.tropical.engine.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** The text of a kernel file, with the headers of ours that it includes in place. */
final class KernelSource {
    private static final String INCLUDE = "#include \"";

    private KernelSource() {}

    /**
     * @param file e.g. {@code embedding.cu}
     */
    static String read(String file) {
        StringBuilder text = new StringBuilder();
        append(file, text, new HashSet<>());
        return text.toString();
    }

    private static void append(String file, StringBuilder text, Set<String> done) {
        if (!done.add(file)) {
            return;
        }
        for (String line : load(file).split("\n", -1)) {
            if (line.startsWith(INCLUDE)) {
                append(line.substring(INCLUDE.length(), line.lastIndexOf('"')), text, done);
            } else if (!line.startsWith("#pragma once")) {
                text.append(line).append('\n');
            }
        }
    }

    private static String load(String file) {
        try (InputStream in = KernelSource.class.getResourceAsStream("/cuda/" + file)) {
            if (in == null) {
                throw new IllegalStateException(
                        "no kernel " + file + " (expected: in this program's jar)");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
