package dev.tropical.cli;

import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Starts the whole system on this machine and stays until Ctrl-C. */
@Command(
        name = "up",
        description = "Start broker, Flink and engines on this machine; Ctrl-C ends them.")
final class UpCommand implements Callable<Integer> {
    private static final int STOP_SECONDS = 30;

    @Mixin ServerOptions options;
    @Spec CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        SystemConfig config = new ServerPlan(options).plan(WorkFolder.path());
        PrintWriter out = spec.commandLine().getOut();
        CountDownLatch stopped = new CountDownLatch(1);
        AtomicBoolean isStopping = new AtomicBoolean();
        Thread command = Thread.currentThread();
        // Before anything is started: Ctrl-C may come while engines load.
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> stopAndWait(command, isStopping, stopped), "stop"));
        try (LocalSystem system = new LocalSystem(config)) {
            Addresses.print(out, config, system);
            out.println("up; Ctrl-C stops everything");
            out.flush();
            new CountDownLatch(1).await(); // until it is interrupted
        } catch (Exception e) {
            if (!isStopping.get()) {
                throw e;
            }
            out.println("stopped");
            out.flush();
        } finally {
            stopped.countDown();
        }
        return 0;
    }

    /**
     * The JVM's shutdown hook: interrupts the command's thread, whether that is starting the system
     * or waiting, and lets it close everything.
     */
    private static void stopAndWait(
            Thread command, AtomicBoolean isStopping, CountDownLatch stopped) {
        if (stopped.getCount() == 0) {
            return; // the command has ended by itself
        }
        isStopping.set(true);
        command.interrupt();
        try {
            if (!stopped.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                System.err.println(
                        "tropical up: not everything stopped within " + STOP_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
