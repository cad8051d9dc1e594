package dev.tropical.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that is started again when it dies, until it is closed or this process is told to
 * end. Should this process be killed, a child that runs in {@link ChildMain} ends by itself.
 * Thread-safe.
 */
public final class ManagedProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ManagedProcess.class);
    private static final Duration TERM_GRACE = Duration.ofSeconds(5);

    /** So that one that cannot start does not take the whole machine. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private static final Executor LATER =
            CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS);

    private final String name;
    private final List<String> command;
    private final Path logFile;
    private final Thread atExit = new Thread(this::end, "end-child");
    private Process process;
    private boolean isClosed;

    private ManagedProcess(String name, List<String> command, Path logFile) throws IOException {
        this.name = name;
        this.command = List.copyOf(command);
        this.logFile = logFile;
        Files.createDirectories(logFile.toAbsolutePath().getParent());
        this.process = launch();
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Starts the process and returns at once.
     *
     * @param logFile takes what the process prints, after what earlier ones have
     * @throws IOException when it cannot be started
     */
    static ManagedProcess start(String name, List<String> command, Path logFile)
            throws IOException {
        ManagedProcess managed = new ManagedProcess(name, command, logFile);
        managed.watch();
        return managed;
    }

    private Process launch() throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                .start();
    }

    private synchronized void watch() {
        CompletableFuture<Void> unused =
                process.onExit().thenAcceptAsync(dead -> restart(dead.exitValue()), LATER);
    }

    private synchronized void restart(int exitCode) {
        if (isClosed) {
            return;
        }
        LOG.warn("{} ended with code {}; starting it again, log in {}", name, exitCode, logFile);
        try {
            process = launch();
            watch();
        } catch (IOException e) {
            LOG.warn("{} cannot be started again now; trying on", name, e);
            LATER.execute(() -> restart(exitCode));
        }
    }

    public String name() {
        return name;
    }

    /** The present process's. */
    public synchronized long pid() {
        return process.pid();
    }

    /** Kills the present process at once, as a fault would; the next one is started. */
    public synchronized void kill() {
        process.destroyForcibly();
    }

    /** Asks the process to end, and kills it when it has not within 5 s. */
    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            LOG.debug("{} ends with this process", name);
        }
    }

    private void end() {
        Process last;
        synchronized (this) {
            isClosed = true;
            last = process;
        }
        last.destroy();
        try {
            if (!last.waitFor(TERM_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} did not end within {} s: killed", name, TERM_GRACE.toSeconds());
                last.destroyForcibly();
            }
        } catch (InterruptedException e) {
            last.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
