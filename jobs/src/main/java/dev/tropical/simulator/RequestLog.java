package dev.tropical.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What happened to each request, and that it happened once. */
final class RequestLog {
    private static final long NEVER = -1;

    private static final class Entry {
        private final SimulatedRequest request;
        private long startedNs = NEVER;
        private long firstTokenNs = NEVER;
        private long endedNs = NEVER;
        private int tokens;
        private boolean isRejected;

        Entry(SimulatedRequest request) {
            this.request = request;
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private int ended;

    RequestLog(List<SimulatedRequest> requests) {
        for (SimulatedRequest request : requests) {
            entries.put(request.id(), new Entry(request));
        }
    }

    /** Its prefill begins; later ones, after a preemption, do not count. */
    void started(String id, long nowNs) {
        Entry entry = entry(id);
        if (entry.startedNs == NEVER) {
            entry.startedNs = nowNs;
        }
    }

    void token(String id, long nowNs, boolean isLast) {
        Entry entry = entry(id);
        entry.tokens++;
        if (entry.firstTokenNs == NEVER) {
            entry.firstTokenNs = nowNs;
        }
        if (isLast) {
            end(entry, nowNs);
        }
    }

    /** More tokens of one that has its first and not its last among them. */
    void tokens(String id, int count) {
        entry(id).tokens += count;
    }

    void rejected(String id, long nowNs) {
        Entry entry = entry(id);
        entry.isRejected = true;
        end(entry, nowNs);
    }

    private void end(Entry entry, long nowNs) {
        if (entry.endedNs != NEVER) {
            throw new IllegalStateException(
                    entry.request.id() + " ends again (expected: one ending)");
        }
        entry.endedNs = nowNs;
        ended++;
    }

    private Entry entry(String id) {
        @Nullable Entry entry = entries.get(id);
        if (entry == null) {
            throw new IllegalStateException(id + " (expected: a request of the workload)");
        }
        return entry;
    }

    boolean isComplete() {
        return ended == entries.size();
    }

    /**
     * In the order of the workload.
     *
     * @throws IllegalStateException when one has not ended, or not with all its tokens
     */
    List<RequestResult> results() {
        List<RequestResult> results = new ArrayList<>(entries.size());
        for (Entry entry : entries.values()) {
            if (entry.endedNs == NEVER
                    || (!entry.isRejected && entry.tokens != entry.request.outputTokens())) {
                throw new IllegalStateException(
                        entry.request
                                + " has "
                                + entry.tokens
                                + " tokens (expected: all, and an ending)");
            }
            results.add(
                    new RequestResult(
                            entry.request,
                            entry.isRejected,
                            entry.startedNs,
                            entry.firstTokenNs,
                            entry.endedNs));
        }
        return results;
    }
}
