package dev.tropical.openai.monitor;

import dev.tropical.kafka.CompletionEvent;
import dev.tropical.kafka.CompletionEvent.Chunk;
import dev.tropical.kafka.CompletionEvent.Ending;
import dev.tropical.kafka.CompletionEvent.Finish;
import dev.tropical.protocol.CompletionRecord.Usage;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** Times one request by its events. One thread; the clock is passed in. */
public final class CallTimer {
    private final CallMetrics metrics;
    private final Objective objective;
    private final LongSupplier nanoTime;
    private final long arrivedAtNs;
    private final Map<Integer, Long> newestAtNs = new HashMap<>();
    private long firstAtNs;
    private long newestTokenAtNs;
    private int tokensAfterFirst;
    private boolean isRepeat;

    /** Starts now. */
    public CallTimer(CallMetrics metrics, Objective objective, LongSupplier nanoTime) {
        this.metrics = metrics;
        this.objective = objective;
        this.nanoTime = nanoTime;
        this.arrivedAtNs = nanoTime.getAsLong();
    }

    /** What comes was said before: it says nothing on how fast the system is. */
    public void joined() {
        isRepeat = true;
    }

    /** The next event. */
    public void on(CompletionEvent event) {
        if (isRepeat) {
            return;
        }
        if (event instanceof Chunk chunk && !chunk.tokenIds().isEmpty()) {
            onTokens(chunk, nanoTime.getAsLong());
        } else if (event instanceof Finish finish) {
            metrics.finished(finish.reason());
        } else if (event instanceof Ending ending && ending.error() != null) {
            metrics.failed(ending.error().code());
        } else if (event instanceof Ending ending && ending.usage() != null) {
            onEnding(ending.usage(), nanoTime.getAsLong());
        }
    }

    private void onTokens(Chunk chunk, long nowNs) {
        if (newestAtNs.isEmpty()) {
            firstAtNs = nowNs;
            metrics.firstTokenAfter((nowNs - arrivedAtNs) / 1e9);
            tokensAfterFirst += chunk.tokenIds().size() - 1;
        } else {
            tokensAfterFirst += chunk.tokenIds().size();
        }
        Long before = newestAtNs.put(chunk.choice(), nowNs);
        if (before != null) {
            metrics.nextTokenAfter((nowNs - before) / 1e9);
        }
        newestTokenAtNs = nowNs;
    }

    private void onEnding(Usage usage, long nowNs) {
        if (newestAtNs.isEmpty()) {
            return;
        }
        metrics.ended((nowNs - arrivedAtNs) / 1e9, usage.promptTokens(), usage.completionTokens());
        double ttftMs = (firstAtNs - arrivedAtNs) / 1e6;
        // Choices run side by side: the time is a choice's, the tokens are all choices'.
        int perChoice = tokensAfterFirst / newestAtNs.size();
        double tpotMs = perChoice == 0 ? 0 : (newestTokenAtNs - firstAtNs) / 1e6 / perChoice;
        if (perChoice > 0) {
            metrics.perOutputToken(tpotMs / 1e3);
        }
        metrics.recent().add(new RecentCalls.Call(nowNs, ttftMs, tpotMs, objective));
    }
}
