package dev.tropical.cli;

import dev.tropical.sockets.KeyFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the keys with which job and engines know each other. */
@Command(
        name = "keys",
        description =
                "Make CURVE key pairs, and trust them: what engine, submit and up take with --keys."
                        + " A pair that is there stays.")
final class KeysCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where the keys go. Default: ${DEFAULT-VALUE}.")
    Path dir = Path.of("keys");

    @Parameters(
            paramLabel = "NAME",
            description =
                    "Names of the pairs. An engine uses engine.key of its folder, all others"
                            + " job.key. Default: job engine.")
    List<String> names = List.of(KeyFolder.JOB, KeyFolder.ENGINE);

    @Override
    public Integer call() throws Exception {
        KeyFolder folder = new KeyFolder(dir.toAbsolutePath().normalize());
        PrintWriter out = spec.commandLine().getOut();
        for (String name : names) {
            try {
                out.printf("%-4s %s/%s.key%n", created(folder, name), folder.path(), name);
            } catch (IllegalArgumentException e) {
                throw new UsageException(String.valueOf(e.getMessage()));
            }
        }
        out.printf("trusted: %s/*.pub%n", folder.trusted());
        out.flush();
        return 0;
    }

    private static String created(KeyFolder folder, String name) throws Exception {
        return folder.create(name) ? "made" : "kept";
    }
}
