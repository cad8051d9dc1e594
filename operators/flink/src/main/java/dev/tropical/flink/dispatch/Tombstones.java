package dev.tropical.flink.dispatch;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Ids that have ended, oldest first: whatever an engine, the router or a replay still says of them
 * is dropped.
 */
final class Tombstones {
    /** As long as engines keep finished sequences. */
    static final long KEPT_MS = 10 * 60 * 1000;

    /** A subtask's bound: 10 minutes at 300 requests a second; about 30 MB. */
    static final int MAX = 180_000;

    /** An ended id's lane, and when it ended. */
    record Tombstone(int lane, long endedAtMs) {}

    private final Map<String, Tombstone> byId = new LinkedHashMap<>();
    private final int max;

    Tombstones() {
        this(MAX);
    }

    Tombstones(int max) {
        this.max = max;
    }

    void bury(String id, Tombstone tombstone) {
        byId.put(id, tombstone);
    }

    boolean contains(String id) {
        return byId.containsKey(id);
    }

    /** Whether the id ended less than {@code ms} ago: its engine may not have heard of it yet. */
    boolean isFresh(String id, long nowMs, long ms) {
        Tombstone tombstone = byId.get(id);
        return tombstone != null && nowMs - tombstone.endedAtMs() < ms;
    }

    /** Drops those past their time and those past the bound, and tells which. */
    void expire(long nowMs, BiConsumer<String, Tombstone> expired) {
        Iterator<Map.Entry<String, Tombstone>> oldest = byId.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<String, Tombstone> next = oldest.next();
            if (byId.size() <= max && nowMs - next.getValue().endedAtMs() < KEPT_MS) {
                return;
            }
            oldest.remove();
            expired.accept(next.getKey(), next.getValue());
        }
    }

    int size() {
        return byId.size();
    }
}
