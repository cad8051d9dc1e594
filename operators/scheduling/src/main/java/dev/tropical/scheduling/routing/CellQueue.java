package dev.tropical.scheduling.routing;

import java.util.Comparator;
import java.util.Optional;

/**
 * A cell's pending requests in a policy's order, retries before all others, and the bound that
 * closes the source's gate: closed at 1,024 requests or 64 MiB of tokens, open again at half of
 * both. The bound refuses nothing: what is in the pipeline behind the gate still comes in.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class CellQueue {
    public CellQueue(Comparator<QueuedRequest> order, int maxRequests, long maxBytes) {
        throw new UnsupportedOperationException("" + order + maxRequests + maxBytes);
    }

    /**
     * @return false, and nothing done, when the id is queued already
     */
    public boolean add(QueuedRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Takes a request out, wherever it stands. */
    public Optional<QueuedRequest> remove(String id) {
        throw new UnsupportedOperationException();
    }

    /** The next to be routed; stays in the queue. */
    public Optional<QueuedRequest> head() {
        throw new UnsupportedOperationException();
    }

    public int size() {
        throw new UnsupportedOperationException();
    }

    /** Bytes of the queued requests' tokens. */
    public long bytes() {
        throw new UnsupportedOperationException();
    }

    /** Whether the sources may read on. */
    public boolean isOpen() {
        throw new UnsupportedOperationException();
    }
}
