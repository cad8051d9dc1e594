package dev.tropical.launch;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Where the engine's classes are. The engine is no dependency of the job: no CUDA in the Flink jar,
 * no Flink in the engine.
 *
 * @param value the JVM's -cp argument
 */
public record EngineClassPath(String value) {
    /** Where the engine is, in a pack; elsewhere it is under the project's root. */
    private static final String PROPERTY = "tropical.engine.class-path";

    /** The engine that this program starts. */
    public static EngineClassPath installed() {
        String packed = System.getProperty(PROPERTY);
        return packed == null ? under(home()) : new EngineClassPath(packed);
    }

    /**
     * The engine as Maven packaged it under the project's root.
     *
     * @throws IllegalStateException when it has not been packaged
     */
    public static EngineClassPath under(Path home) {
        Path target = home.resolve("gpu-engine").resolve("target");
        try (Stream<Path> files = Files.list(target)) {
            Path jar =
                    files.filter(
                                    file ->
                                            file.getFileName()
                                                    .toString()
                                                    .matches(
                                                            "tropical-gpu-engine-[^-]+(-SNAPSHOT)?\\.jar"))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new IllegalStateException(
                                                    "no engine jar in "
                                                            + target
                                                            + " (expected: the project is built)"));
            return new EngineClassPath(
                    jar + File.pathSeparator + target.resolve("lib") + File.separator + "*");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot list " + target + " (expected: the project is built)", e);
        }
    }

    /**
     * The project's root: the {@code tropical.home} system property, which the launcher script
     * sets.
     */
    public static Path home() {
        String home = System.getProperty("tropical.home");
        if (home == null) {
            throw new IllegalStateException(
                    "system property tropical.home is not set (expected: the project's root)");
        }
        return Path.of(home).toAbsolutePath().normalize();
    }
}
