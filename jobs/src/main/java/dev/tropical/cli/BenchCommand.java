package dev.tropical.cli;

import dev.tropical.bench.GatewayBench;
import dev.tropical.bench.OverheadBench;
import dev.tropical.launch.Endpoints;
import dev.tropical.launch.SystemConfig;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measurements; each prints {@code RESULT key=value aim=...} lines and exits 1 when an aim is
 * missed.
 */
@Command(
        name = "bench",
        subcommands = {
            BenchCommand.Overhead.class,
            BenchCommand.Gateway.class,
            ChaosCommand.class,
            LoadCommand.class,
            SoakCommand.class,
            ServeCommand.class,
            CompareCommand.class,
            ReportCommand.class,
            PredictCommand.class
        },
        description =
                "Measure the system: tropical bench"
                        + " overhead|gateway|chaos|load|soak|serve|compare|report|predict|"
                        + "cpu-engine|sockets.")
final class BenchCommand {
    @Command(
            name = "gateway",
            description =
                    "What the gateway adds to the first token, beside a plain Kafka client, and how"
                            + " soon it frees what a client had that has gone away.")
    static final class Gateway implements Callable<Integer> {
        private static final int STEP_MS = 1; // hides nothing of what is measured

        @Spec CommandSpec spec;

        @Option(
                names = "--rounds",
                description = "Rounds; the median counts. Default: ${DEFAULT-VALUE}.")
        int rounds = 5;

        @Option(
                names = "--requests",
                description = "Requests of a round, each way. Default: ${DEFAULT-VALUE}.")
        int requests = 200;

        @Override
        public Integer call() throws Exception {
            ServerOptions options = new ServerOptions();
            options.port = 0;
            options.kafkaPort = 0;
            options.uiPort = 0;
            options.routing.mode = "vllm";
            options.device = "paced";
            options.stepMs = STEP_MS;
            options.replicaSpec = List.of("1,1");
            SystemConfig system = new ServerPlan(options).plan(WorkFolder.path());
            GatewayBench bench = new GatewayBench(system, rounds, requests);
            return bench.run(spec.commandLine().getOut()) ? 0 : 1;
        }
    }

    @Command(
            name = "overhead",
            description =
                    "What the job adds to a token's way, beside a bare Kafka -> Flink -> Kafka copy"
                            + " job.")
    static final class Overhead implements Callable<Integer> {
        @Mixin KeysOption keys = new KeysOption();
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
            options.routing.mode = "vllm";
            options.keys = keys;
            options.device = "clock";
            options.replicaSpec = List.of("1,1");
            SystemConfig system = new ServerPlan(options).plan(WorkFolder.path());
            OverheadBench bench =
                    new OverheadBench(
                            system, ServerPlan.vocabSize(system.job().model()), rounds, seconds);
            return bench.run(spec.commandLine().getOut()) ? 0 : 1;
        }
    }
}
