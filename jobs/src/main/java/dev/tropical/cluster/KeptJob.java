package dev.tropical.cluster;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a job on a cluster: one thread asks for it twice a second and submits it anew when the
 * cluster has lost it, as a JobManager without high availability does when it dies.
 */
public final class KeptJob implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeptJob.class);
    private static final Duration PERIOD = Duration.ofMillis(500);

    private final ClusterJobs jobs;
    private final Callable<JobID> submission;
    private final Thread thread;
    private volatile JobID current;

    /**
     * @param running the job as it has been submitted
     * @param submission submits it anew, from its newest checkpoint
     */
    public KeptJob(ClusterJobs jobs, JobID running, Callable<JobID> submission) {
        this.jobs = jobs;
        this.submission = submission;
        this.current = running;
        this.thread = new Thread(this::run, "kept-job");
        thread.setDaemon(true);
        thread.start();
    }

    /** The job that runs, or ran last. */
    public JobID current() {
        return current;
    }

    /** Ends the thread, not the job; at most 1 s. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(2 * PERIOD.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(PERIOD.toMillis());
                look();
            }
        } catch (InterruptedException e) {
            LOG.debug("closed");
        }
    }

    private void look() throws InterruptedException {
        try {
            Optional<JobStatus> status = jobs.status(current);
            if (status.isEmpty() || status.get() == JobStatus.FAILED) {
                LOG.warn(
                        "the cluster has lost job {} ({}); submitting it anew",
                        current,
                        status.map(Enum::name).orElse("unknown to it"));
                current = submission.call();
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            LOG.info("no answer of the cluster yet: {}", e.getMessage());
        }
    }
}
