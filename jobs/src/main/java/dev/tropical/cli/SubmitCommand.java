package dev.tropical.cli;

import dev.tropical.cluster.ClusterJobs;
import dev.tropical.cluster.InferenceSubmission;
import dev.tropical.cluster.KeptJob;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The inference job, sent to any Flink 2.3 cluster. */
@Command(
        name = "submit",
        description =
                "Submit the inference job to a Flink cluster, from its newest checkpoint or"
                        + " savepoint if there is one.")
final class SubmitCommand implements Callable<Integer> {
    private static final Duration TOPICS_TIMEOUT = Duration.ofSeconds(30);

    @Mixin KafkaOption kafka;
    @Mixin KeysOption keys;
    @Spec CommandSpec spec;

    @Option(
            names = "--flink",
            paramLabel = "URL",
            description = "The JobManager's REST API. Default: ${DEFAULT-VALUE}.")
    String flink = "http://127.0.0.1:8081";

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "Hugging Face model folder, as the TaskManagers see it. Default: the small"
                            + " model that comes with the project.")
    @Nullable Path model;

    @Option(
            names = "--served-model-name",
            paramLabel = "NAME",
            description = "The name that requests use. Default: the folder's name.")
    @Nullable String servedModelName;

    @Option(
            names = "--mode",
            description = "vllm, distserve or tropical. Default: ${DEFAULT-VALUE}.")
    String mode = "distserve";

    @Option(names = "--parallelism", description = "Of the job. Default: ${DEFAULT-VALUE}.")
    int parallelism = 1;

    @Option(
            names = "--delivery",
            description = "at-least-once or exactly-once. Default: ${DEFAULT-VALUE}.")
    String delivery = "at-least-once";

    @Mixin CheckpointFolder folder = new CheckpointFolder();

    @Option(
            names = "--keep",
            description =
                    "Stay, and submit the job anew from its newest checkpoint whenever the cluster"
                            + " has lost it.")
    boolean isKept;

    @Mixin RoutingOptions routing = new RoutingOptions();

    @Override
    public Integer call() throws Exception {
        KafkaSettings settings = kafka.settings();
        ServerOptions server = serverOptions();
        TopicAdmin.createTopics(settings, TopicAdmin.DEFAULT_PARTITIONS, TOPICS_TIMEOUT);
        PrintWriter out = spec.commandLine().getOut();
        ClusterJobs jobs = new ClusterJobs(flink);
        InferenceSubmission submission =
                new InferenceSubmission(
                        new ServerPlan(server).planJob(), settings, folder.of(jobs, flink));
        if (isKept) {
            return UntilStopped.run("submit", out, () -> keep(jobs, submission, out));
        }
        try (jobs) {
            say(out, submitFirst(jobs, submission));
            return 0;
        }
    }

    /** Two jobs on the same topics would answer each request twice. */
    private JobID submitFirst(ClusterJobs jobs, InferenceSubmission submission)
            throws InterruptedException {
        Optional<JobID> running = submission.running(jobs);
        if (running.isPresent()) {
            throw new IllegalStateException(
                    "%s runs job %s with these topics (expected: none; see tropical stop)"
                            .formatted(flink, running.get()));
        }
        return submission.submitTo(jobs);
    }

    private AutoCloseable keep(ClusterJobs jobs, InferenceSubmission submission, PrintWriter out)
            throws Exception {
        JobID first = submitFirst(jobs, submission);
        say(out, first);
        KeptJob kept = new KeptJob(jobs, first, () -> submission.submitOnceTo(jobs));
        return () -> {
            kept.close();
            jobs.close();
        };
    }

    private void say(PrintWriter out, JobID job) {
        out.printf("job %s runs; %s/#/job/%s%n", job, flink, job);
        out.flush();
    }

    private ServerOptions serverOptions() {
        ServerOptions server = new ServerOptions();
        server.model = model;
        server.servedModelName = servedModelName;
        server.mode = mode;
        server.delivery = delivery;
        server.parallelism = parallelism;
        server.routing = routing;
        server.keys = keys;
        return server;
    }
}
