package dev.tropical.cli;

import dev.tropical.launch.LocalSystem;
import dev.tropical.launch.SystemConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Starts the whole system on this machine and stays until Ctrl-C. */
@Command(
        name = "up",
        description = "Start broker, Flink and engines on this machine; Ctrl-C ends them.")
final class UpCommand implements Callable<Integer> {
    @Mixin ServerOptions options;
    @Spec CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        SystemConfig config = new ServerPlan(options).plan(WorkFolder.path());
        PrintWriter out = spec.commandLine().getOut();
        return UntilStopped.run("up", out, () -> start(config, out));
    }

    private static LocalSystem start(SystemConfig config, PrintWriter out) throws Exception {
        LocalSystem system = new LocalSystem(config);
        try {
            Addresses.print(out, config, system);
            out.println("up; Ctrl-C stops everything");
            return system;
        } catch (Exception e) {
            system.close();
            throw e;
        }
    }
}
