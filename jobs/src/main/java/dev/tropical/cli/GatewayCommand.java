package dev.tropical.cli;

import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import dev.tropical.launch.JobConfig;
import dev.tropical.launch.ModelGateway;
import dev.tropical.openai.GatewayLimits;
import dev.tropical.openai.GatewayOptions;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The gateway alone, for a job that runs elsewhere. */
@Command(
        name = "gateway",
        description = "Serve OpenAI's API in front of a job that runs on a cluster.")
final class GatewayCommand implements Callable<Integer> {
    private static final Duration TOPICS_TIMEOUT = Duration.ofSeconds(30);

    @Mixin KafkaOption kafka;
    @Mixin ServedModel served = new ServedModel();
    @Mixin SecurityOptions security;
    @Spec CommandSpec spec;

    @Option(names = "--host", description = "The address to bind. Default: ${DEFAULT-VALUE}.")
    String host = "127.0.0.1";

    @Option(names = "--port", description = "0 for any. Default: ${DEFAULT-VALUE}.")
    int port = 8012;

    @Override
    public Integer call() throws Exception {
        Expect.port("--port", port);
        KafkaSettings settings = kafka.settings();
        TopicAdmin.createTopics(settings, TopicAdmin.DEFAULT_PARTITIONS, TOPICS_TIMEOUT);
        JobConfig job = new ServerPlan(serverOptions()).planJob();
        GatewayOptions options =
                new GatewayOptions(
                        host,
                        port,
                        job.servedModelName(),
                        settings,
                        job.isExactlyOnce(),
                        GatewayLimits.DEFAULT,
                        security.plan());
        PrintWriter out = spec.commandLine().getOut();
        return UntilStopped.run("gateway", out, () -> start(options, job, out));
    }

    private static AutoCloseable start(GatewayOptions options, JobConfig job, PrintWriter out)
            throws Exception {
        ModelGateway gateway = ModelGateway.start(options, job);
        out.printf("gateway %s serves %s%n", gateway.url(), job.servedModelName());
        return gateway;
    }

    private ServerOptions serverOptions() {
        ServerOptions server = new ServerOptions();
        server.served = served;
        return server;
    }
}
