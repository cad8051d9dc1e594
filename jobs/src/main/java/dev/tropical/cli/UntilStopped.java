package dev.tropical.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Something that runs until Ctrl-C or SIGTERM, also while it still starts, and is closed before the
 * process ends.
 */
final class UntilStopped {
    private static final int STOP_SECONDS = 30;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicBoolean isStopping = new AtomicBoolean();

    private UntilStopped() {}

    /** Starts it and says where it is. */
    interface Start {
        AutoCloseable start() throws Exception;
    }

    /** Returns only when the process is ending: its exit code is the signal's. */
    static int run(String command, PrintWriter out, Start start) throws Exception {
        UntilStopped run = new UntilStopped();
        Thread main = Thread.currentThread();
        // Before anything is started: Ctrl-C may come at once.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> run.stopAndWait(command, main), "stop"));
        try {
            AutoCloseable started = start.start();
            try {
                out.flush();
                new CountDownLatch(1).await(); // until it is interrupted
            } finally {
                started.close();
            }
        } catch (Exception e) {
            if (!run.isStopping.get()) {
                throw e;
            }
            out.println("stopped");
            out.flush();
        } finally {
            run.stopped.countDown();
        }
        return 0;
    }

    /**
     * The JVM's shutdown hook: interrupts the command's thread, whether that is starting or
     * waiting, and lets it close everything.
     */
    private void stopAndWait(String command, Thread main) {
        if (stopped.getCount() == 0) {
            return; // the command has ended by itself
        }
        isStopping.set(true);
        main.interrupt();
        try {
            if (!stopped.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                System.err.printf(
                        "tropical %s: not everything stopped within %d s%n", command, STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
