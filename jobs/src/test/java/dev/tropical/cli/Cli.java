package dev.tropical.cli;

import dev.tropical.launch.EngineClassPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line as a process of its own. */
final class Cli implements AutoCloseable {
    private final Process process;
    private final StringBuffer output = new StringBuffer();
    private final Thread reader;

    private Cli(Process process) {
        this.process = process;
        reader = new Thread(this::read, "cli-output");
        reader.setDaemon(true);
        reader.start();
    }

    static Cli start(Path work, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx768m",
                                "-XX:+UseSerialGC",
                                "--add-opens=java.base/java.util=ALL-UNNAMED",
                                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                                "-Djava.io.tmpdir=" + work,
                                "-Dtropical.work=" + work,
                                "-Dtropical.home=" + EngineClassPath.home(),
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                "dev.tropical.cli.Tropical"));
        command.addAll(List.of(arguments));
        return new Cli(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            int c = lines.read();
            while (c >= 0) {
                output.append((char) c);
                c = lines.read();
            }
        } catch (IOException e) {
            output.append("\n(reading ended: ").append(e).append(')');
        }
    }

    /** All that it has printed on either stream. */
    String output() {
        return output.toString();
    }

    /** Engines and anything else that it has started and that still runs. */
    List<ProcessHandle> children() {
        return process.descendants().toList();
    }

    /** What Ctrl-C and a service manager's stop do. */
    void terminate() {
        process.destroy();
    }

    /** What a machine out of memory does. */
    void kill() {
        process.destroyForcibly();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The exit code; fails when it does not end in time. */
    int awaitExit(int seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            throw new AssertionError(
                    "still running after " + seconds + " s; it printed:\n" + output);
        }
        reader.join(2000);
        return process.exitValue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
