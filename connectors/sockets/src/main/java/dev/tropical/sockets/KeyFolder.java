package dev.tropical.sockets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * A folder of keys: {@code NAME.key} holds a pair, for its owner's eyes, and {@code trusted/*.pub}
 * hold the public keys of everyone that may connect or be connected to.
 *
 * <pre>
 * keys/engine.key          public-key Z85
 *                          secret-key Z85
 * keys/trusted/engine.pub  Z85
 * </pre>
 */
public record KeyFolder(Path path) {
    /** The name of the engines' pair. */
    public static final String ENGINE = "engine";

    /** The name of the pair of the job, and of commands that speak to engines. */
    public static final String JOB = "job";

    private static final String PUBLIC = "public-key";
    private static final String SECRET = "secret-key";
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OTHERS =
            PosixFilePermissions.fromString("------rwx");

    /**
     * Makes a pair, or keeps the one that is there, and trusts it.
     *
     * @return false when it was there
     * @throws IllegalArgumentException when the name is no file name, or the present file no pair
     */
    public boolean create(String name) throws IOException {
        Path file = keyFile(name);
        Files.createDirectories(trusted());
        boolean isNew = !Files.exists(file);
        if (isNew) {
            CurveKeys keys = CurveKeys.generate();
            Path created = Files.createFile(file, ownerOnly());
            Files.writeString(
                    created,
                    PUBLIC
                            + " "
                            + keys.publicKey()
                            + "\n"
                            + SECRET
                            + " "
                            + keys.secretKey()
                            + "\n");
        }
        Files.writeString(trusted().resolve(name + ".pub"), load(name).publicKey() + "\n");
        return isNew;
    }

    /**
     * The pair of that name.
     *
     * @throws IllegalArgumentException when there is none, it is malformed, or everybody can read
     *     it
     */
    public CurveKeys load(String name) {
        Path file = keyFile(name);
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException(
                    "keys: " + file + " cannot be read (expected: a file of tropical keys)");
        }
        try {
            refuseOthers(file);
            List<String> lines = Files.readAllLines(file);
            return new CurveKeys(value(file, lines, PUBLIC), value(file, lines, SECRET));
        } catch (IOException e) {
            throw new UncheckedIOException("keys: " + file + " cannot be read", e);
        }
    }

    /** Folder of the public keys that are trusted. */
    public Path trusted() {
        return path.resolve("trusted");
    }

    private Path keyFile(String name) {
        if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")) {
            throw new IllegalArgumentException(
                    "key's name: '" + name + "' (expected: 1 to 100 of A-Z a-z 0-9 . _ -)");
        }
        return path.resolve(name + ".key");
    }

    private FileAttribute<?>[] ownerOnly() throws IOException {
        return isPosix()
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    private boolean isPosix() throws IOException {
        return Files.getFileStore(path).supportsFileAttributeView("posix");
    }

    /** The group may read: that is how Kubernetes hands a secret to one user. */
    private void refuseOthers(Path file) throws IOException {
        if (!isPosix()) {
            return;
        }
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        if (mode.stream().anyMatch(OTHERS::contains)) {
            throw new IllegalArgumentException(
                    "keys: "
                            + file
                            + " has mode "
                            + PosixFilePermissions.toString(mode)
                            + " (expected: nothing for others, such as rw-------)");
        }
    }

    private static String value(Path file, List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "keys: " + file + " has no line '" + name + " ...'"));
    }
}
