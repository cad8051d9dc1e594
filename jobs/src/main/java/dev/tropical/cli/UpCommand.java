package dev.tropical.cli;

import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        try (LocalSystem system = new LocalSystem(config)) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> stopAndWait(stop, stopped), "stop"));
            Addresses.print(out, config, system);
            out.println("up; Ctrl-C stops everything");
            out.flush();
            stop.await();
            out.println("stopping");
            out.flush();
        } finally {
            stopped.countDown();
        }
        return 0;
    }

    /** The JVM's shutdown hook: lets the command's thread close everything. */
    private static void stopAndWait(CountDownLatch stop, CountDownLatch stopped) {
        stop.countDown();
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
