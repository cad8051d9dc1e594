package dev.tropical.openai;

import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.kafka.Repeats;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of this gateway's calls. Several calls may share one by its id, here and at other
 * gateways: the job counts them, and cancels it when the last has left. For any thread.
 */
final class Requests {
    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

    private final CompletionStream stream;
    private final Duration deadline;

    /** The stream stays the caller's. */
    Requests(CompletionStream stream, Duration deadline) {
        this.stream = stream;
        this.deadline = deadline;
    }

    /**
     * Produces a request, or joins the one that has its id.
     *
     * @throws ApiException when Kafka cannot be reached
     */
    void submit(CallPlan.Part part, Repeats repeats, CompletionListener listener) {
        try {
            stream.submit(part.id(), part.body(), deadline, repeats, listener);
        } catch (RuntimeException e) {
            throw ApiError.of(e).asException();
        }
    }

    /** The call that submitted it has gone away before its ending; once for each submission. */
    void leave(CallPlan.Part part) {
        try {
            stream.leave(part.id(), part.body());
        } catch (RuntimeException e) {
            LOG.warn("request {} goes on: it could not be left", part.id(), e);
        }
    }
}
