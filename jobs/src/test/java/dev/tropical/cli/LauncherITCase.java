package dev.tropical.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tropical.launch.EngineClassPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher script, with a stand-in for java that runs until it is told to end. */
class LauncherITCase {
    @TempDir Path root;

    @BeforeEach
    void layOutABuiltProject() throws IOException {
        Files.copy(EngineClassPath.home().resolve("tropical"), root.resolve("tropical"));
        Files.createFile(root.resolve("pom.xml"));
        for (String folder :
                List.of("connectors", "operators", "gpu-engine", "jobs", "target", "bin", "tmp")) {
            Files.createDirectory(root.resolve(folder));
        }
        Files.createFile(root.resolve("target/built"));
        Path java = root.resolve("bin/java");
        // Like a JVM it keeps a signal ignored that was so when it started.
        Files.writeString(
                java,
                """
                #!/bin/bash
                case "$*" in *XshowSettings*) echo '    java.specification.version = 17' >&2; exit;; esac
                [ "$SLEEPS" ] && exec sleep 300
                exit 3
                """);
        Path maven = root.resolve("bin/mvn");
        Files.writeString(maven, "#!/bin/bash\nsleep 1\necho built >>builds\n");
        for (Path command : List.of(java, maven)) {
            Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void shouldEndTheProcessAndItsFilesAtASignal(String signal, int exitCode) throws Exception {
        Process launcher = start("yes");
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> launcher.children().count() == 1);
            await().atMost(Duration.ofSeconds(60)).until(() -> temporaryFolders() == 1);
            List<ProcessHandle> started = launcher.descendants().toList();
            new ProcessBuilder("kill", "-" + signal, Long.toString(launcher.pid()))
                    .start()
                    .waitFor();
            assertThat(launcher.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(launcher.exitValue()).isEqualTo(exitCode);
            assertThat(started).noneMatch(ProcessHandle::isAlive);
            assertThat(temporaryFolders()).isZero();
        } finally {
            launcher.descendants().forEach(ProcessHandle::destroyForcibly);
            launcher.destroyForcibly();
        }
    }

    @Test
    void shouldPassTheExitCodeOn() throws Exception {
        Process launcher = start("");
        assertThat(launcher.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(launcher.exitValue()).isEqualTo(3);
        assertThat(temporaryFolders()).isZero();
    }

    @Test
    void shouldBuildAgainOnceWhenASourceFileIsNewOrGone() throws Exception {
        Path source = root.resolve("jobs/A.java");
        Files.createFile(source);
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        runOnce();
        assertThat(builds()).isEqualTo(1);
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(60)));
        runOnce();
        assertThat(builds()).isEqualTo(1);
        Files.delete(source);
        runOnce();
        assertThat(builds()).isEqualTo(2);
        runOnce();
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void shouldBuildOnceForTwoCommandsAtOnce() throws Exception {
        Files.delete(root.resolve("target/built"));
        Process one = start("");
        Process other = start("");
        assertThat(one.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(builds()).isEqualTo(1);
    }

    private void runOnce() throws Exception {
        assertThat(start("").waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    private long builds() throws IOException {
        return Files.readAllLines(root.resolve("builds")).size();
    }

    private Process start(String sleeps) throws IOException {
        // As from a terminal, whatever this test itself was started by.
        ProcessBuilder builder =
                new ProcessBuilder(
                        "env",
                        "--default-signal=INT,TERM,HUP",
                        root.resolve("tropical").toString(),
                        "status");
        builder.environment().put("JAVA_HOME", root.toString());
        builder.environment().put("TMPDIR", root.resolve("tmp").toString());
        builder.environment().put("SLEEPS", sleeps);
        builder.environment().merge("PATH", root.resolve("bin").toString(), (a, b) -> b + ":" + a);
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private long temporaryFolders() throws IOException {
        try (Stream<Path> folders = Files.list(root.resolve("tmp"))) {
            return folders.count();
        }
    }
}
