package dev.tropical.engine;

import dev.tropical.protocol.wire.EngineInfo;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An engine in a process of its own, started with this one's class path; ended with it. */
final class EngineChild implements AutoCloseable {
    private static final String READY = "TROPICAL_ENGINE ";

    final EngineInfo info;
    private final Process process;

    private EngineChild(Process process, EngineInfo info) {
        this.process = process;
        this.info = info;
    }

    /** Returns when it serves. */
    static EngineChild start(File log, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of("-Xmx8g", "--add-modules", "jdk.incubator.vector", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.addAll(List.of("dev.tropical.engine.EngineMain", "--parent-stdin"));
        command.addAll(List.of(options));
        Process process =
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.appendTo(log))
                        .start();
        BufferedReader out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith(READY)) {
            System.out.println(line);
            line = out.readLine();
        }
        if (line == null) {
            process.destroyForcibly();
            throw new IOException(
                    "no engine from " + command + " (expected: one; see " + log + ")");
        }
        byte[] info = Base64.getDecoder().decode(line.substring(READY.length()));
        return new EngineChild(process, EngineInfo.parseFrom(info));
    }

    long pid() {
        return process.pid();
    }

    /** As {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
