package dev.tropical.cli;

import java.nio.file.Path;

/** Where a command keeps what ends with it: the launcher script's own temporary folder. */
final class WorkFolder {
    private WorkFolder() {}

    static Path path() {
        String work = System.getProperty("tropical.work", System.getProperty("java.io.tmpdir"));
        return Path.of(work).toAbsolutePath().normalize();
    }

    static Path logs() {
        String logs = System.getProperty("tropical.logs");
        return logs == null ? path().resolve("logs") : Path.of(logs).toAbsolutePath().normalize();
    }
}
