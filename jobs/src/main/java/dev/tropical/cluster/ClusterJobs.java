package dev.tropical.cluster;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.util.ExceptionUtils;

/** The jobs of one Flink cluster, by its REST API. */
public final class ClusterJobs implements AutoCloseable {
    private static final Duration SUBMIT_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    private final FlinkRest rest;
    private final RestClusterClient<StandaloneClusterId> client;

    /**
     * @param address {@code http://host:port} of the JobManager
     */
    public ClusterJobs(String address) throws Exception {
        URI uri = URI.create(address);
        if (uri.getHost() == null || uri.getPort() < 0) {
            throw new IllegalArgumentException(
                    "Flink: '" + address + "' (expected: http://HOST:PORT)");
        }
        Configuration configuration = new Configuration();
        configuration.set(RestOptions.ADDRESS, uri.getHost());
        configuration.set(RestOptions.PORT, uri.getPort());
        // Whoever asks decides whether to ask again.
        configuration.set(RestOptions.RETRY_MAX_ATTEMPTS, 0);
        configuration.set(RestOptions.CONNECTION_TIMEOUT, CALL_TIMEOUT);
        this.rest = new FlinkRest("http://" + uri.getHost() + ":" + uri.getPort());
        this.client = new RestClusterClient<>(configuration, StandaloneClusterId.getInstance());
    }

    /**
     * Submits a job with the jar that its classes are in.
     *
     * @throws IllegalStateException when the cluster does not take it
     */
    public JobID submit(JobGraph job, Path jar) throws InterruptedException {
        job.addJar(new org.apache.flink.core.fs.Path(jar.toUri()));
        return await(client.submitJob(job), SUBMIT_TIMEOUT, "submitting to " + rest.address());
    }

    /**
     * A job's status; empty when the cluster does not know it.
     *
     * @throws IllegalStateException when the cluster does not answer
     */
    public Optional<JobStatus> status(JobID job) throws InterruptedException {
        return await(client.listJobs(), CALL_TIMEOUT, "jobs of " + rest.address()).stream()
                .filter(known -> known.getJobId().equals(job))
                .map(JobStatusMessage::getJobState)
                .findFirst();
    }

    /** A job of this name that has not come to its end. */
    public Optional<JobID> running(String name) throws InterruptedException {
        return await(client.listJobs(), CALL_TIMEOUT, "jobs of " + rest.address()).stream()
                .filter(known -> known.getJobName().equals(name))
                .filter(known -> !known.getJobState().isGloballyTerminalState())
                .map(JobStatusMessage::getJobId)
                .findFirst();
    }

    /** Asks for the job's end; its newest checkpoint stays. */
    public void cancel(JobID job) throws InterruptedException {
        await(client.cancel(job), CALL_TIMEOUT, "cancelling " + job);
    }

    /** Stops a job with a savepoint below the folder, and gives its path. */
    public String stop(JobID job, String folder) throws InterruptedException {
        return await(
                client.stopWithSavepoint(job, false, folder, SavepointFormatType.CANONICAL),
                SUBMIT_TIMEOUT,
                "stopping " + job);
    }

    /**
     * Where this cluster's jobs checkpoint unless they say otherwise.
     *
     * @throws IOException when the JobManager does not answer
     */
    public Optional<String> checkpoints() throws IOException, InterruptedException {
        return rest.checkpoints();
    }

    private static <T> T await(CompletableFuture<T> call, Duration timeout, String what)
            throws InterruptedException {
        try {
            return call.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = ExceptionUtils.stripExecutionException(e);
            throw new IllegalStateException(what + ": " + cause, cause);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
