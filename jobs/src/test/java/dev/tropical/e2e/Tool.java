package dev.tropical.e2e;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Other programs, as processes. */
final class Tool {
    private static final int TIMEOUT_SECONDS = 240;

    private Tool() {}

    /** Runs a command in a folder and returns what it printed; it must succeed. */
    static String run(Path folder, String... command) throws Exception {
        return run(folder, "", command);
    }

    /** Runs a command with a text on its standard input. */
    static String feed(String input, String... command) throws Exception {
        return run(Path.of("target"), input, command);
    }

    private static String run(Path folder, String input, String... command) throws Exception {
        Path output = Files.createTempFile("tool", ".txt");
        try {
            Process process = start(folder, output, command);
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            boolean hasEnded = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            String printed = Files.readString(output);
            if (!hasEnded || process.exitValue() != 0) {
                throw new AssertionError(
                        String.join(" ", command)
                                + (hasEnded ? " failed:\n" : " has not ended in time:\n")
                                + printed);
            }
            return printed;
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static Process start(Path folder, Path output, String... command) {
        try {
            return new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException e) {
            throw new AssertionError(
                    command[0] + " cannot be started (expected: installed; .ci/run does it)", e);
        }
    }
}
