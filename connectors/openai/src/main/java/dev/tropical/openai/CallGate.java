package dev.tropical.openai;

import dev.tropical.openai.monitor.CallMetrics;
import dev.tropical.openai.monitor.Capacity;
import dev.tropical.openai.monitor.JobMonitor;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets calls in while there is something to serve them. For any thread. */
final class CallGate {
    private static final int RETRY_SECONDS = 1; // calls end all the time

    private final JobMonitor job;
    private final CallMetrics metrics;
    private final int maxRunning;
    private final AtomicInteger running = new AtomicInteger();

    CallGate(JobMonitor job, CallMetrics metrics, int maxRunning) {
        this.job = job;
        this.metrics = metrics;
        this.maxRunning = maxRunning;
    }

    /**
     * A call comes; to be followed by {@link #leave}.
     *
     * @throws ApiException 429 or 503 with {@code Retry-After} when there is no room
     */
    void enter() {
        Capacity capacity = job.capacity();
        switch (capacity.kind()) {
            case DOWN -> throw refusal(503, "no_engine", capacity.reason(), capacity);
            case FULL -> throw refusal(429, "overloaded", capacity.reason(), capacity);
            case OPEN -> enterOne();
        }
    }

    private void enterOne() {
        if (running.incrementAndGet() > maxRunning) {
            running.decrementAndGet();
            String reason = maxRunning + " calls are running (expected: fewer)";
            throw refusal(429, "overloaded", reason, RETRY_SECONDS);
        }
    }

    /** A call is over. */
    void leave() {
        running.decrementAndGet();
    }

    /** Calls that are in. */
    int running() {
        return running.get();
    }

    private ApiException refusal(int status, String code, String reason, Capacity capacity) {
        return refusal(status, code, reason, capacity.retryAfterSeconds());
    }

    private ApiException refusal(int status, String code, String reason, int retryAfterSeconds) {
        metrics.failed(code);
        return new ApiError(status, code, reason, null, retryAfterSeconds).asException();
    }
}
