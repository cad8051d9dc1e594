package dev.tropical.openai;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionListener;
import dev.tropical.kafka.CompletionStream;
import dev.tropical.kafka.RecordPosition;
import dev.tropical.kafka.Repeats;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that run for this gateway's clients. Several calls may share one, by its id; it is
 * cancelled when the last of them goes away. For any thread.
 */
final class Requests {
    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

    private final CompletionStream stream;
    private final Duration deadline;
    private final Map<String, Integer> callsById = new ConcurrentHashMap<>();

    /** The stream stays the caller's. */
    Requests(CompletionStream stream, Duration deadline) {
        this.stream = stream;
        this.deadline = deadline;
    }

    /** A call's share in a request. */
    final class Share {
        private final String id;
        private final AtomicBoolean isHeld = new AtomicBoolean(true);

        private Share(String id) {
            this.id = id;
            callsById.merge(id, 1, Integer::sum);
        }

        /** The call has gone away: the request is cancelled if no other has a share in it. */
        void cancel() {
            if (release()) {
                Requests.this.cancel(id);
            }
        }

        /** Whether this was the last share, and has not been released before. */
        private boolean release() {
            return isHeld.compareAndSet(true, false)
                    && callsById.computeIfPresent(id, (key, calls) -> calls == 1 ? null : calls - 1)
                            == null;
        }
    }

    /**
     * Produces a request, or joins the one that has its id.
     *
     * @throws ApiException when Kafka cannot be reached
     */
    Share submit(CallPlan.Part part, Repeats repeats, CompletionListener listener) {
        Share share = new Share(part.id());
        try {
            stream.submit(
                    part.id(), part.body(), deadline, repeats, new Releasing(share, listener));
        } catch (RuntimeException e) {
            share.release();
            throw ApiError.of(e).asException();
        }
        return share;
    }

    private void cancel(String id) {
        try {
            stream.cancel(id);
        } catch (RuntimeException e) {
            LOG.warn("request {} goes on: it could not be cancelled", id, e);
        }
    }

    /** Releases the share before the listener's last call. */
    private record Releasing(Share share, CompletionListener listener)
            implements CompletionListener {
        @Override
        public void onEvent(CompletionEvent event, RecordPosition position) {
            if (event instanceof CompletionEvent.Ending) {
                share.release();
            }
            listener.onEvent(event, position);
        }

        @Override
        public void onEvent(CompletionEvent event) {
            throw new IllegalStateException("told without its position");
        }

        @Override
        public void onJoined() {
            listener.onJoined();
        }

        @Override
        public void onFailure(RuntimeException failure) {
            // Before the share is released: a request that is over for this call alone, at its
            // deadline, is to be cancelled.
            listener.onFailure(failure);
            share.release();
        }
    }
}
