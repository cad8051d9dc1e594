package dev.tropical.cli;

import dev.tropical.cluster.ClusterJobs;
import dev.tropical.cluster.InferenceSubmission;
import dev.tropical.cluster.KeptJob;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.kafka.TopicAdmin;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobID;
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
    @Mixin ServedModel served = new ServedModel();
    @Spec CommandSpec spec;

    @Option(
            names = "--flink",
            paramLabel = "URL",
            description = "The JobManager's REST API. Default: ${DEFAULT-VALUE}.")
    String flink = "http://127.0.0.1:8081";

    @Option(names = "--parallelism", description = "Of the job. Default: ${DEFAULT-VALUE}.")
    int parallelism = 1;

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
        server.served = served;
        server.parallelism = parallelism;
        server.routing = routing;
        server.keys = keys;
        return server;
    }
}
