package dev.tropical.launch;

import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;

/** A Flink MiniCluster in this JVM, with one job. */
public final class LocalFlink implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final MiniCluster cluster;

    /**
     * Starts the cluster.
     *
     * @param slots task slots, at least the job's parallelism
     * @param uiPort the REST and web UI port, 0 for any
     */
    public LocalFlink(int slots, int uiPort) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(RestOptions.BIND_PORT, Integer.toString(uiPort));
        configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
        // No operator sorts or uses RocksDB; 32 MiB of network buffers are 1,024 buffers.
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
        // What the REST API and the web UI show of metrics: Flink's ten seconds are long to wait
        // for.
        configuration.set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofSeconds(2));
        cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(configuration)
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(slots)
                                .setRpcServiceSharing(RpcServiceSharing.SHARED)
                                .build());
        try {
            cluster.start();
        } catch (Exception e) {
            close();
            throw hasCause(e, BindException.class)
                    ? new IllegalStateException(
                            "Flink's port: "
                                    + uiPort
                                    + " is in use (expected: a free port, or 0 for any)",
                            e)
                    : e;
        }
    }

    private static boolean hasCause(Throwable failure, Class<? extends Throwable> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    /** The REST API's and web UI's address. */
    public String address() throws Exception {
        return cluster.getRestAddress()
                .get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .toString();
    }

    /**
     * Submits a job and waits until all of it runs.
     *
     * @throws IllegalStateException when it fails or does not run within a minute
     */
    public void run(JobGraph job) throws Exception {
        cluster.submitJob(job).get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        long deadlineNs = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            JobStatus status =
                    cluster.getJobStatus(job.getJobID())
                            .get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            if (status == JobStatus.RUNNING && allTasksRun(job)) {
                return;
            }
            if (status.isTerminalState() || System.nanoTime() > deadlineNs) {
                throw new IllegalStateException(
                        "the job is "
                                + status
                                + " (expected: all of its tasks run within "
                                + START_TIMEOUT.toSeconds()
                                + " s)");
            }
            Thread.sleep(20);
        }
    }

    private boolean allTasksRun(JobGraph job) throws Exception {
        var graph =
                cluster.getExecutionGraph(job.getJobID())
                        .get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        for (var vertex : graph.getAllExecutionVertices()) {
            if (vertex.getExecutionState() != ExecutionState.RUNNING) {
                return false;
            }
        }
        return true;
    }

    /**
     * Ends a job with a savepoint: what it had not ended is in there, and nothing is read twice.
     *
     * @return the savepoint, for the job that goes on
     * @throws IllegalStateException when it has not ended within a minute
     */
    public String stop(JobID job, Path folder) throws Exception {
        String savepoint =
                cluster.stopWithSavepoint(
                                job, folder.toUri().toString(), false, SavepointFormatType.NATIVE)
                        .get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        cluster.requestJobResult(job).get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        return savepoint;
    }

    /** The underlying cluster, for checkpoints, metrics and faults in tests. */
    public MiniCluster cluster() {
        return cluster;
    }

    /** A checkpoint folder's URI below {@code data}. */
    public static String checkpoints(Path data) {
        return RetainedCheckpoints.folder(data).toUri().toString();
    }

    /**
     * Ends the job and the cluster.
     *
     * @throws IllegalStateException when they do not end within 10 s
     */
    @Override
    public void close() {
        try {
            cluster.closeAsync().get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(
                    "the cluster did not close within " + CLOSE_TIMEOUT.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
