package dev.tropical.bench.serve;

import dev.tropical.bench.serve.Verdicts.Verdict;
import dev.tropical.simulator.SimulatedRequest;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes down what happens to one request. Any thread; what comes after its end, or after the run
 * was cut, changes nothing.
 */
public final class RequestProbe {
    private static final double NS_PER_MS = 1e6;

    private final String id;
    private final SimulatedRequest request;
    private final boolean isWarmUp;
    private final long dueNs;
    private final Consumer<RequestProbe> onEnd;
    private double[] chunkMs = new double[16];
    private int[] chunkTokens = new int[16];
    private int chunks;
    private boolean isSent;
    private double lateMs;
    private @Nullable Outcome outcome;
    private @Nullable String error;
    private @Nullable Lifecycle lifecycle;

    /**
     * @param id the server knows the request by
     * @param dueNs when it is to be sent, as {@link System#nanoTime}
     * @param onEnd told once, on the thread that says so
     */
    RequestProbe(
            String id,
            SimulatedRequest request,
            boolean isWarmUp,
            long dueNs,
            Consumer<RequestProbe> onEnd) {
        this.id = id;
        this.request = request;
        this.isWarmUp = isWarmUp;
        this.dueNs = dueNs;
        this.onEnd = onEnd;
    }

    String id() {
        return id;
    }

    SimulatedRequest request() {
        return request;
    }

    long dueNs() {
        return dueNs;
    }

    boolean isWarmUp() {
        return isWarmUp;
    }

    synchronized boolean isSent() {
        return isSent;
    }

    /** A first token that is late is missed, however it goes on. */
    synchronized Verdict verdict(long nowNs) {
        if (outcome != null) {
            return record().result().isAttained() ? Verdict.ATTAINED : Verdict.MISSED;
        }
        double ttftMs = chunks == 0 ? (nowNs - dueNs) / NS_PER_MS : chunkMs[0];
        return ttftMs > request.slo().getTtftNs() / NS_PER_MS ? Verdict.MISSED : Verdict.OPEN;
    }

    synchronized void sent(long nowNs) {
        isSent = true;
        lateMs = Math.max(0, nowNs - dueNs) / NS_PER_MS;
    }

    synchronized boolean isOver() {
        return outcome != null;
    }

    /** Tokens came. */
    public synchronized void tokens(long nowNs, int count) {
        if (outcome != null || count == 0) {
            return;
        }
        if (chunks == chunkMs.length) {
            chunkMs = Arrays.copyOf(chunkMs, 2 * chunks);
            chunkTokens = Arrays.copyOf(chunkTokens, 2 * chunks);
        }
        chunkMs[chunks] = (nowNs - dueNs) / NS_PER_MS;
        chunkTokens[chunks] = count;
        chunks++;
    }

    /** It ended well; {@code timings} are the system's own, if it has any. */
    public void done(@Nullable Lifecycle timings) {
        end(Outcome.DONE, null, timings);
    }

    /** It ended otherwise. */
    public void failed(Outcome how, String why, @Nullable Lifecycle timings) {
        end(how, why, timings);
    }

    private void end(Outcome how, @Nullable String why, @Nullable Lifecycle timings) {
        synchronized (this) {
            if (outcome != null) {
                return;
            }
            if (!isSent) {
                sent(System.nanoTime()); // it never was: it is at least so late
            }
            outcome = how;
            error = why;
            lifecycle = timings;
        }
        onEnd.accept(this);
    }

    /** What has been seen; {@link Outcome#UNFINISHED} before the end. */
    synchronized RequestRecord record() {
        return new RequestRecord(
                request,
                isWarmUp,
                lateMs,
                outcome == null ? Outcome.UNFINISHED : outcome,
                error,
                Arrays.copyOf(chunkMs, chunks),
                Arrays.copyOf(chunkTokens, chunks),
                lifecycle);
    }
}
