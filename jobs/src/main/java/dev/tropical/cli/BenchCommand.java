package dev.tropical.cli;

import dev.tropical.bench.OverheadBench;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.SystemConfig;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measurements; each prints {@code RESULT key=value aim=...} lines and exits 1 when an aim is
 * missed.
 */
@Command(
        name = "bench",
        subcommands = BenchCommand.Overhead.class,
        description = "Measure the system: tropical bench overhead, tropical bench cpu-engine.")
final class BenchCommand {
    @Command(
            name = "overhead",
            description =
                    "What the job adds to a token's way, beside a bare Kafka -> Flink -> Kafka copy"
                            + " job.")
    static final class Overhead implements Callable<Integer> {
        @Spec CommandSpec spec;

        @Option(
                names = "--rounds",
                description = "Alternating rounds; the median counts. Default: ${DEFAULT-VALUE}.")
        int rounds = 5;

        @Option(names = "--seconds", description = "Length of a round. Default: ${DEFAULT-VALUE}.")
        int seconds = 10;

        @Override
        public Integer call() throws Exception {
            ServerOptions options = new ServerOptions();
            options.port = Endpoints.NONE;
            options.kafkaPort = 0;
            options.uiPort = 0;
            options.mode = "vllm";
            options.device = "clock";
            options.replicaSpec = List.of("1,1");
            SystemConfig system = new ServerPlan(options).plan(WorkFolder.path());
            OverheadBench bench =
                    new OverheadBench(
                            system, ServerPlan.vocabSize(system.model()), rounds, seconds);
            return bench.run(spec.commandLine().getOut()) ? 0 : 1;
        }
    }
}
