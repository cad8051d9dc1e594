package dev.tropical.flink.dispatch;

import dev.tropical.protocol.CompletionRecord;
import dev.tropical.protocol.CompletionRecord.Chunk;
import dev.tropical.protocol.CompletionRecord.Meta;
import dev.tropical.protocol.FinishWord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What readers have seen since the restored snapshot was taken: taken as given, so that no stream
 * contradicts itself even when engine and operator died together.
 *
 * <p>A run that is over may still write, after the next one has begun to. Readers drop such
 * records, and so does this: whatever has a lower epoch than a record of its request before it.
 */
final class Emitted {
    private final Map<String, List<Chunk>> chunks = new HashMap<>();
    private final Map<String, Long> ended = new HashMap<>(); // to the ending's epoch
    private final Map<String, Long> epochs = new HashMap<>();

    /** Takes the next record of the topic. */
    void add(CompletionRecord record) {
        long epoch = record.meta().epoch();
        if (epoch < epochs.merge(record.id(), epoch, Math::max)) {
            return;
        }
        if (record instanceof Chunk chunk) {
            chunks.computeIfAbsent(chunk.id(), id -> new ArrayList<>()).add(chunk);
        } else if (record instanceof CompletionRecord.Ending) {
            ended.merge(record.id(), epoch, Math::max);
        }
    }

    /** Ids whose ending has been read. */
    Set<String> ended() {
        return Set.copyOf(ended.keySet());
    }

    /**
     * Whether some of it is of requests that no lane has met yet. Until they come (they will: their
     * records are replayed) a snapshot must not move its offsets on, or a second restart would
     * forget what their readers have seen.
     */
    boolean hasUnclaimed() {
        return !ended.keySet().containsAll(chunks.keySet());
    }

    /**
     * Ends the choices that readers have seen begin, of a request that ends before any lane has met
     * it again. Text that was held back is not said: nothing but the records is known of it.
     */
    List<Chunk> cut(String id, FinishWord reason, Meta meta) {
        Map<Integer, Chunk> last = new TreeMap<>();
        for (Chunk chunk : chunks.getOrDefault(id, List.of())) {
            last.merge(chunk.choice(), chunk, Emitted::later);
        }
        chunks.remove(id);
        return last.values().stream()
                .filter(chunk -> chunk.finish() == null)
                .map(chunk -> chunk.cut(reason, meta))
                .toList();
    }

    private static Chunk later(Chunk one, Chunk other) {
        boolean isOther = other.tokens().end() >= one.tokens().end();
        return isOther || other.finish() != null ? other : one;
    }

    /**
     * Leaves out what readers of the request have dropped: whatever is of an earlier run than
     * {@code known}, the newest that the restored state knows to have spoken of it.
     */
    void dropBefore(String id, long known) {
        if (ended.getOrDefault(id, known) < known) {
            ended.remove(id);
        }
        chunks.computeIfPresent(id, (key, seen) -> since(known, seen));
    }

    private static @Nullable List<Chunk> since(long known, List<Chunk> seen) {
        List<Chunk> left = seen.stream().filter(each -> each.meta().epoch() >= known).toList();
        return left.isEmpty() ? null : left;
    }

    /** Moves the request on to where its readers are; once. */
    void applyTo(InFlightRequest request) {
        dropBefore(request.id(), request.saidInEpoch());
        List<Chunk> seen = chunks.remove(request.id());
        if (seen == null) {
            return;
        }
        for (Chunk chunk : seen) {
            if (chunk.choice() < request.choices().size()) {
                request.choices().get(chunk.choice()).assume(chunk);
                request.saidIn(chunk.meta().epoch());
            }
        }
    }
}
