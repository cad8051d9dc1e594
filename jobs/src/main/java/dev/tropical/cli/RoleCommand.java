package dev.tropical.cli;

import dev.tropical.launch.EngineMonitor;
import dev.tropical.protocol.wire.Role;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Switches a running engine's role. */
@Command(
        name = "role",
        description =
                "Make a running engine a prefill or a decode engine; what it holds stays with it.")
final class RoleCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @Parameters(index = "0", paramLabel = "ENGINE", description = "As tropical status names it.")
    String engine = "";

    @Parameters(index = "1", paramLabel = "ROLE", description = "prefill or decode.")
    String role = "";

    @Mixin KafkaOption kafka;
    @Mixin KeysOption keys;
    @Spec CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Expect.oneOf("ROLE", role, "prefill", "decode");
        try (EngineMonitor monitor = EngineMonitor.open(kafka.settings(), "role", keys.folder())) {
            monitor.setRole(engine, role.equals("prefill") ? Role.PREFILL : Role.DECODE, TIMEOUT);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s is a %s engine now%n", engine, role);
        out.flush();
        return 0;
    }
}
