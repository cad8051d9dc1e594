package dev.tropical.cli;

import dev.tropical.cluster.ClusterJobs;
import dev.tropical.protocol.Topics;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the job's checkpoints and savepoints are. */
final class CheckpointFolder {
    @Option(
            names = "--checkpoints",
            paramLabel = "URI",
            description =
                    "Folder of this job's checkpoints and savepoints. Default: below the cluster's"
                            + " own checkpoint folder.")
    @Nullable String checkpoints;

    /**
     * @param flink the cluster's address, for the message
     * @throws UsageException when neither the option nor the cluster names one
     */
    String of(ClusterJobs jobs, String flink)
            throws IOException, InterruptedException, UsageException {
        if (checkpoints != null) {
            return checkpoints;
        }
        String cluster =
                jobs.checkpoints()
                        .orElseThrow(
                                () ->
                                        new UsageException(
                                                "--checkpoints: none, and "
                                                        + flink
                                                        + " has no execution.checkpointing.dir"
                                                        + " (expected: a folder's URI)"));
        return cluster.replaceAll("/+$", "") + "/" + Topics.DEFAULT.prefix();
    }
}
