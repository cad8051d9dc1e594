package dev.tropical.scheduling.routing;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A cell's pending requests in a policy's order, retries before all others, and the bound that
 * closes the source's gate: closed at 1,024 requests or 64 MiB of tokens, open again at half of
 * both. The bound refuses nothing: what is in the pipeline behind the gate still comes in, and
 * retries are never gated.
 */
public final class CellQueue {
    private static final Comparator<QueuedRequest> BY_ARRIVAL =
            Comparator.comparingLong(QueuedRequest::arrivedNs).thenComparing(QueuedRequest::id);

    private final int maxRequests;
    private final long maxBytes;
    private final Map<String, QueuedRequest> byId = new HashMap<>();
    private final TreeSet<QueuedRequest> ordered;
    private long bytes;
    private boolean isOpen = true;

    /**
     * @param order the policy's; retries go first, among themselves by arrival
     * @param maxRequests the gate closes at so many
     * @param maxBytes or at so many bytes of tokens
     */
    public CellQueue(Comparator<QueuedRequest> order, int maxRequests, long maxBytes) {
        if (maxRequests < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "maxRequests "
                            + maxRequests
                            + ", maxBytes "
                            + maxBytes
                            + " (expected: >= 1 each)");
        }
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
        Comparator<QueuedRequest> retriesFirst =
                Comparator.comparing((QueuedRequest request) -> !request.isRetry());
        Comparator<QueuedRequest> among =
                (left, right) -> left.isRetry() ? 0 : order.compare(left, right);
        this.ordered = new TreeSet<>(retriesFirst.thenComparing(among).thenComparing(BY_ARRIVAL));
    }

    /**
     * @return false, and nothing done, when the id is queued already
     */
    public boolean add(QueuedRequest request) {
        if (byId.putIfAbsent(request.id(), request) != null) {
            return false;
        }
        ordered.add(request);
        bytes += request.bytes();
        updateGate();
        return true;
    }

    /** Takes a request out, wherever it stands. */
    public Optional<QueuedRequest> remove(String id) {
        @Nullable QueuedRequest request = byId.remove(id);
        if (request == null) {
            return Optional.empty();
        }
        ordered.remove(request);
        bytes -= request.bytes();
        updateGate();
        return Optional.of(request);
    }

    private void updateGate() {
        if (size() >= maxRequests || bytes >= maxBytes) {
            isOpen = false;
        } else if (size() <= maxRequests / 2 && bytes <= maxBytes / 2) {
            isOpen = true;
        }
    }

    /** The next to be routed; stays in the queue. */
    public Optional<QueuedRequest> head() {
        return ordered.isEmpty() ? Optional.empty() : Optional.of(ordered.first());
    }

    public boolean contains(String id) {
        return byId.containsKey(id);
    }

    public int size() {
        return byId.size();
    }

    /** Bytes of the queued requests' tokens. */
    public long bytes() {
        return bytes;
    }

    /** When the longest-waiting request arrived; {@code Long.MAX_VALUE} of none. O(requests). */
    public long oldestArrivalNs() {
        return byId.values().stream()
                .mapToLong(QueuedRequest::arrivedNs)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Whether the sources may read on. */
    public boolean isOpen() {
        return isOpen;
    }
}
