package dev.tropical.openai;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.CompletionStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests that run for this gateway's clients: one for each id. For any thread. */
final class Requests {
    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

    private final CompletionStream stream;
    private final Duration deadline;
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    /** The stream stays the caller's. */
    Requests(CompletionStream stream, Duration deadline) {
        this.stream = stream;
        this.deadline = deadline;
    }

    /**
     * Produces a request.
     *
     * @throws ApiException duplicate_id when a request with this id runs here
     */
    void submit(String id, byte[] body, CompletionListener listener) {
        if (!running.add(id)) {
            String message = "x-request-id: '" + id + "' is running (expected: an id of its own)";
            throw new ApiError(409, "duplicate_id", message, "x-request-id").asException();
        }
        try {
            stream.submit(id, body, deadline, new Releasing(id, listener));
        } catch (RuntimeException e) {
            running.remove(id);
            throw ApiError.of(e).asException();
        }
    }

    /** Has the request cancelled; does not block. */
    void cancel(String id) {
        try {
            stream.cancel(id);
        } catch (RuntimeException e) {
            LOG.warn("request {} goes on: it could not be cancelled", id, e);
        }
    }

    /** Frees the id at the listener's last call. */
    private final class Releasing implements CompletionListener {
        private final String id;
        private final CompletionListener listener;

        Releasing(String id, CompletionListener listener) {
            this.id = id;
            this.listener = listener;
        }

        @Override
        public void onEvent(CompletionEvent event) {
            if (event instanceof CompletionEvent.Ending) {
                running.remove(id);
            }
            listener.onEvent(event);
        }

        @Override
        public void onFailure(RuntimeException failure) {
            running.remove(id);
            listener.onFailure(failure);
        }
    }
}
