package dev.tropical.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/**
 * The {@code tropical} command. Exit codes: 0 good, 1 failed, 2 asked for something impossible, 130
 * after Ctrl-C and 143 after SIGTERM, when everything has been stopped.
 */
@Command(
        name = "tropical",
        description =
                "LLM inference as a stream: Kafka requests, a Flink router, GPU engines, Kafka"
                        + " completions.",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            ClusterCommand.class,
            SubmitCommand.class,
            StopCommand.class,
            EngineCommand.class,
            GatewayCommand.class,
            KeysCommand.class,
            CompleteCommand.class,
            CancelCommand.class,
            StatusCommand.class,
            RoleCommand.class,
            BenchCommand.class,
            SimulateCommand.class,
            HelpCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 good, 1 failed, 2 asked for something impossible, 130 stopped by"
                    + " Ctrl-C.",
            "Also: tropical jobmanager and taskmanager run one process of Flink each, with Flink's"
                + " own -Dkey=value (deploy/flink); tropical test [--long] runs every test;"
                + " tropical bench cpu-engine measures the CPU engine; tropical profile measures"
                + " what an engine's steps cost (--help lists its options).",
        })
public final class Tropical {
    private Tropical() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Tropical())
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler(Tropical::explain);
    }

    private static int explain(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        command.getErr()
                .println("tropical " + command.getCommandName() + ": " + Failures.message(failure));
        return failure instanceof UsageException
                ? CommandLine.ExitCode.USAGE
                : CommandLine.ExitCode.SOFTWARE;
    }
}
