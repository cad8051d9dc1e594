package dev.tropical.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The keys with which engines are spoken to. */
final class KeysOption {
    @Option(
            names = "--keys",
            paramLabel = "DIR",
            description =
                    "Folder of CURVE keys, made by tropical keys: engines and all that speak to"
                            + " them encrypt, and trust the keys in its folder trusted alone.")
    @Nullable Path keys;

    /**
     * Absolute; null when there are none.
     *
     * @throws UsageException when it is no folder
     */
    @Nullable Path folder() throws UsageException {
        if (keys == null) {
            return null;
        }
        if (!Files.isDirectory(keys)) {
            throw new UsageException(
                    "--keys: " + keys + " (expected: a folder that tropical keys made)");
        }
        return keys.toAbsolutePath().normalize();
    }
}
