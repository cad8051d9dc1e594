package dev.tropical.bench.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a client saw of one request. Filled by the client's thread; read when the run is over.
 *
 * <p>The client's library itself objects to gaps, contradictions and second endings: those are the
 * failures.
 */
final class RequestTrace implements CompletionListener {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int kind;
    private final long submittedNs;
    private final LongConsumer onToken;
    private final List<Long> tokenNs = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final Set<String> engines = new HashSet<>();
    private long endedNs = Long.MAX_VALUE;
    private int tokens;
    private @Nullable String error;
    private @Nullable RuntimeException failure;

    /**
     * @param kind which of the bodies it is
     * @param onToken told of the time of each token event
     */
    RequestTrace(int kind, long submittedNs, LongConsumer onToken) {
        this.kind = kind;
        this.submittedNs = submittedNs;
        this.onToken = onToken;
    }

    @Override
    public synchronized void onEvent(CompletionEvent event) {
        long nowNs = System.nanoTime();
        if (event instanceof Chunk chunk) {
            text.append(chunk.text());
            tokens += chunk.tokenIds().size();
            if (!chunk.tokenIds().isEmpty()) {
                tokenNs.add(nowNs);
                onToken.accept(nowNs);
            }
        } else if (event instanceof Ending ending) {
            endedNs = nowNs;
            error = ending.error() == null ? null : ending.error().code();
            readEngines(ending.timings());
        }
    }

    private void readEngines(@Nullable String timings) {
        if (timings == null) {
            return;
        }
        try {
            for (JsonNode engine : JSON.readTree(timings).path("engines")) {
                engines.add(engine.asText());
            }
        } catch (IOException e) {
            throw new IllegalStateException("timings: " + timings + " (expected: JSON)", e);
        }
    }

    @Override
    public synchronized void onFailure(RuntimeException cause) {
        failure = cause;
        endedNs = System.nanoTime();
    }

    synchronized boolean isOver() {
        return endedNs != Long.MAX_VALUE;
    }

    synchronized @Nullable String error() {
        return error;
    }

    synchronized @Nullable RuntimeException failure() {
        return failure;
    }

    int kind() {
        return kind;
    }

    synchronized String text() {
        return text.toString();
    }

    /** How many have come. */
    synchronized int tokens() {
        return tokens;
    }

    synchronized List<Long> tokenTimes() {
        return List.copyOf(tokenNs);
    }

    /**
     * How long the loss of an engine was felt. What it had sent still comes for a while, so this is
     * not the next token: it is the one that ends the longest silence, or, when none had come, the
     * first.
     *
     * @param nextNs when the next engine was broken: silences from then on are not this fault's
     * @return negative when the request did not feel it: it had ended, not begun, or was elsewhere
     */
    synchronized double recoveryMs(Fault fault, long nextNs) {
        long atNs = fault.atNs();
        NavigableSet<Long> all = new TreeSet<>(tokenNs);
        NavigableSet<Long> later = all.tailSet(atNs, false);
        boolean hasToken = later.size() < all.size();
        boolean isTheirs = fault.kind() == FaultKind.PREFILL_KILLED ? !hasToken : hasToken;
        if (submittedNs > atNs
                || endedNs < atNs
                || !isTheirs
                || later.isEmpty()
                || !engines.contains(fault.target())) {
            return -1;
        }
        return hasToken
                ? Recoveries.endOfLongestSilenceMs(atNs, nextNs, all)
                : (later.first() - atNs) / 1e6;
    }
}
