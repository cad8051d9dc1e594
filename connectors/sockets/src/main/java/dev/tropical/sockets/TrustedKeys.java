package dev.tropical.sockets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys of a folder's {@code .pub} files. Looked at again, at most once a second, so that
 * a key can be added or taken away while everything runs. One thread.
 */
final class TrustedKeys {
    private static final Logger LOG = LoggerFactory.getLogger(TrustedKeys.class);
    private static final long FRESH_NS = 1_000_000_000;

    private final Path folder;
    private Set<String> keys;
    private long readAtNs;

    /**
     * @throws IllegalArgumentException when the folder cannot be read
     */
    TrustedKeys(Path folder) {
        this.folder = folder;
        try {
            this.keys = read();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "keys: " + folder + " cannot be read (expected: a folder of .pub files)", e);
        }
        this.readAtNs = System.nanoTime();
    }

    boolean contains(String publicKey) {
        if (System.nanoTime() - readAtNs > FRESH_NS) {
            readAgain();
        }
        return keys.contains(publicKey);
    }

    private void readAgain() {
        try {
            keys = read();
        } catch (IOException e) {
            LOG.warn("{} cannot be read; the keys of before still count", folder, e);
        }
        readAtNs = System.nanoTime();
    }

    private Set<String> read() throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.filter(file -> file.toString().endsWith(".pub")).toList();
        }
        Set<String> read = new HashSet<>();
        for (Path file : files) {
            read.add(Files.readString(file).strip());
        }
        return read;
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
