package dev.tropical.cluster;

import dev.tropical.jobs.FlinkSettings;
import dev.tropical.jobs.InferenceJob;
import dev.tropical.kafka.KafkaSettings;
import dev.tropical.launch.EngineClassPath;
import dev.tropical.launch.JobConfig;
import dev.tropical.launch.RetainedCheckpoints;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.jobgraph.JobGraph;

/**
 * The inference job as it is sent to a cluster, each time from its newest checkpoint or savepoint.
 *
 * @param config what it is to do
 * @param kafka where its topics are
 * @param checkpoints URI of a folder of this job's own; looked through for the newest checkpoint
 *     when it is a {@code file:} URI
 */
public record InferenceSubmission(JobConfig config, KafkaSettings kafka, String checkpoints) {

    /**
     * Submits the job unless the cluster has it: the answer to an earlier submission may have been
     * lost, and two of them would answer each request twice.
     */
    public JobID submitOnceTo(ClusterJobs jobs) throws InterruptedException {
        Optional<JobID> running = running(jobs);
        return running.isPresent() ? running.get() : submitTo(jobs);
    }

    /** The job, if the cluster has it and it has not come to its end. */
    public Optional<JobID> running(ClusterJobs jobs) throws InterruptedException {
        return jobs.running(InferenceJob.name(kafka.topics().prefix()));
    }

    /** Submits the job. */
    public JobID submitTo(ClusterJobs jobs) throws InterruptedException {
        JobGraph job =
                InferenceJob.graph(
                        FlinkSettings.of(config.parallelism(), checkpoints), config.options(kafka));
        URI uri = URI.create(checkpoints);
        if ("file".equals(uri.getScheme())) {
            RetainedCheckpoints.restoreNewest(job, Path.of(uri));
        }
        return jobs.submit(job, jar());
    }

    /** The jar with the job's classes, as Maven packaged it under the project's root. */
    static Path jar() {
        Path target = EngineClassPath.home().resolve("jobs/inference-job/target");
        try (var files = Files.list(target)) {
            return files.filter(file -> file.toString().endsWith("-job.jar"))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new IllegalStateException(
                                            "no job jar in "
                                                    + target
                                                    + " (expected: the project is built)"));
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot list " + target + " (expected: the project is built)", e);
        }
    }
}
