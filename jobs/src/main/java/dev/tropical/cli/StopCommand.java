package dev.tropical.cli;

import dev.tropical.cluster.ClusterJobs;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Stops a job so that the next submission goes on where it was, whatever its parallelism. */
@Command(
        name = "stop",
        description =
                "Stop the inference job with a savepoint, from which the next submit goes on;"
                        + " engines go on meanwhile.")
final class StopCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Option(
            names = "--flink",
            paramLabel = "URL",
            description = "The JobManager's REST API. Default: ${DEFAULT-VALUE}.")
    String flink = "http://127.0.0.1:8081";

    @Mixin CheckpointFolder folder = new CheckpointFolder();

    @Parameters(paramLabel = "JOB", description = "The job's id, as submit printed it.")
    String job = "";

    @Override
    public Integer call() throws Exception {
        JobID id = parse(job);
        try (ClusterJobs jobs = new ClusterJobs(flink)) {
            String savepoint = jobs.stop(id, folder.of(jobs, flink));
            spec.commandLine().getOut().println("stopped with " + savepoint);
            return 0;
        }
    }

    private static JobID parse(String job) throws UsageException {
        if (!job.matches("[0-9a-f]{32}")) {
            throw new UsageException("JOB: '" + job + "' (expected: 32 hexadecimal digits)");
        }
        return JobID.fromHexString(job);
    }
}
