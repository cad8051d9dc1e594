package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What readers have seen since the restored snapshot was taken: taken as given, so that no stream
 * contradicts itself even when engine and operator died together.
 */
final class Emitted {
    private final Map<String, List<CompletionRecord>> chunks = new HashMap<>();
    private final Set<String> ended = new HashSet<>();

    void add(CompletionRecord record) {
        switch (record.kind()) {
            case CHUNK -> chunks.computeIfAbsent(record.id(), id -> new ArrayList<>()).add(record);
            case ENDING -> ended.add(record.id());
            case NOTICE -> {}
        }
    }

    /** Ids whose ending has been read. */
    Set<String> ended() {
        return ended;
    }

    /**
     * Whether some of it is of requests that no lane has met yet. Until they come (they will: their
     * records are replayed) a snapshot must not move its offsets on, or a second restart would
     * forget what their readers have seen.
     */
    boolean hasUnclaimed() {
        return !ended.containsAll(chunks.keySet());
    }

    /** Moves the request on to where its readers are; once. */
    void applyTo(InFlightRequest request) {
        List<CompletionRecord> seen = chunks.remove(request.id());
        if (seen == null) {
            return;
        }
        for (CompletionRecord chunk : seen) {
            if (chunk.choice() < request.choices().size()) {
                request.choices().get(chunk.choice()).assume(chunk);
            }
        }
    }
}
