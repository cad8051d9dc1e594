package dev.tropical.launch;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tropical.protocol.wire.EngineInfo;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One engine as a child process: started, waited for, ended. The child also ends by itself when
 * this process dies, since it watches its standard input.
 */
public final class EngineProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineProcess.class);
    private static final String READY = "TROPICAL_ENGINE ";
    private static final String FAILED = "TROPICAL_ENGINE_FAILED ";
    private static final Duration TERM_GRACE = Duration.ofSeconds(3);

    private final EngineSpec spec;
    private final Process process;
    private final Path logFile;
    private final CompletableFuture<EngineInfo> ready = new CompletableFuture<>();

    private EngineProcess(EngineSpec spec, Process process, Path logFile) {
        this.spec = spec;
        this.process = process;
        this.logFile = logFile;
        Thread reader = new Thread(this::readStdout, "engine-stdout-" + spec.engineId());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts the process and returns at once.
     *
     * @param logs folder for the engine's log, {@code <engineId>.log}
     * @throws IOException when the JVM cannot be started
     */
    public static EngineProcess start(EngineSpec spec, EngineClassPath classPath, Path logs)
            throws IOException {
        Files.createDirectories(logs);
        Path logFile = logs.resolve(spec.engineId() + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(spec.command(classPath))
                        .redirectError(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
        // A program that is killed while it uses NVLink's multicast can leave a host's GPUs
        // unusable. Other NCCL_* variables, and this one if it is set, are passed on as they are.
        builder.environment().putIfAbsent("NCCL_NVLS_ENABLE", "0");
        return new EngineProcess(spec, builder.start(), logFile);
    }

    public EngineSpec spec() {
        return spec;
    }

    /** Completes when the process has ended. */
    public CompletableFuture<Process> onExit() {
        return process.onExit();
    }

    public long pid() {
        return process.pid();
    }

    /**
     * Waits until the engine serves.
     *
     * @throws EngineStartException when it says that it cannot, ends, or does not answer in time
     */
    public EngineInfo awaitReady(Duration timeout)
            throws EngineStartException, InterruptedException {
        try {
            return ready.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new EngineStartException(
                    "engine "
                            + spec.engineId()
                            + " is not ready after "
                            + timeout.toSeconds()
                            + " s; its log ends:\n"
                            + logTail(),
                    e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new EngineStartException(
                    "engine " + spec.engineId() + ": " + cause.getMessage(), e);
        }
    }

    private void readStdout() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(FAILED)) {
                    ready.completeExceptionally(new IOException(line.substring(FAILED.length())));
                } else if (line.startsWith(READY)) {
                    ready.complete(
                            EngineInfo.parseFrom(
                                    Base64.getDecoder()
                                            .decode(line.substring(READY.length()).strip())));
                }
            }
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            ready.completeExceptionally(
                    new IOException("its ready line cannot be read: " + e.getMessage(), e));
        } catch (IOException e) {
            LOG.debug("engine {}: standard output closed", spec.engineId(), e);
        }
        ready.completeExceptionally(
                new IOException("it ended before it was ready; its log ends:\n" + logTail()));
    }

    private String logTail() {
        try {
            List<String> lines = Files.readAllLines(logFile, StandardCharsets.UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    /** Kills the process at once, as a fault would. */
    public void kill() {
        process.destroyForcibly();
    }

    /** Asks the process to end and does not wait. */
    void terminate() {
        process.destroy();
    }

    /** Asks the process to end, and kills it when it has not within 3 s. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(TERM_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn(
                        "engine {} did not end within {} s: killed",
                        spec.engineId(),
                        TERM_GRACE.toSeconds());
                process.destroyForcibly().waitFor(TERM_GRACE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
