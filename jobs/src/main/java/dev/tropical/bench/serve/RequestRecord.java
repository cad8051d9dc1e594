package dev.tropical.bench.serve;

import dev.tropical.protocol.wire.Slo;
import dev.tropical.simulator.RequestResult;
import dev.tropical.simulator.SimulatedRequest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a client saw of one request. Times are milliseconds after the instant at which the request
 * was due, however late it was sent.
 *
 * @param request what was asked, with the instant in the run at which it was due
 * @param isWarmUp whether it is left out of every figure: due in the warm-up, or after a run that
 *     was stopped early had said enough
 * @param lateMs how late it was sent
 * @param outcome how it came out
 * @param error why not, for people; null of a good one
 * @param chunkMs when each piece with tokens came
 * @param chunkTokens tokens of each piece
 * @param lifecycle what the system says; null where it says nothing
 */
public record RequestRecord(
        SimulatedRequest request,
        boolean isWarmUp,
        double lateMs,
        Outcome outcome,
        @Nullable String error,
        double[] chunkMs,
        int[] chunkTokens,
        @Nullable Lifecycle lifecycle) {
    private static final double NS_PER_MS = 1e6;

    public RequestRecord {
        if (chunkMs.length != chunkTokens.length) {
            throw new IllegalArgumentException(
                    "chunks: "
                            + chunkMs.length
                            + " times, "
                            + chunkTokens.length
                            + " counts (expected: as many)");
        }
        chunkMs = chunkMs.clone();
        chunkTokens = chunkTokens.clone();
    }

    /** The same, left out of every figure. */
    RequestRecord leftOut() {
        return new RequestRecord(
                request, true, lateMs, outcome, error, chunkMs, chunkTokens, lifecycle);
    }

    /** Tokens that came. */
    public int tokens() {
        return Arrays.stream(chunkTokens).sum();
    }

    /** Whether its times count: it was answered wholly. */
    public boolean isDone() {
        return outcome == Outcome.DONE && chunkMs.length > 0;
    }

    /** Whether it is known when its prefill began. */
    public boolean hasQueueing() {
        return lifecycle != null && chunkMs.length > 0;
    }

    /**
     * Gaps between tokens, ns; tokens that came in one piece have none between them.
     *
     * @return one fewer than tokens
     */
    public long[] itlNs() {
        long[] gaps = new long[Math.max(0, tokens() - 1)];
        int token = 0;
        for (int i = 0; i < chunkMs.length; i++) {
            if (i > 0 && token > 0) {
                gaps[token - 1] = Math.round((chunkMs[i] - chunkMs[i - 1]) * NS_PER_MS);
            }
            token += chunkTokens[i];
        }
        return gaps;
    }

    /** As the simulator says it, so that both are summed up alike. */
    public RequestResult result() {
        long dueNs = request.arrivedNs();
        if (!isDone()) {
            return new RequestResult(request, true, -1, -1, -1);
        }
        long firstNs = dueNs + Math.round(chunkMs[0] * NS_PER_MS);
        long lastNs = dueNs + Math.round(chunkMs[chunkMs.length - 1] * NS_PER_MS);
        long prefillNs = lifecycle == null ? 0 : Math.round(lifecycle.prefillMs() * NS_PER_MS);
        // A server that stops early is held to the tokens that it gave.
        SimulatedRequest given =
                new SimulatedRequest(
                        request.id(), dueNs, request.promptTokens(), tokens(), request.slo());
        return new RequestResult(
                given, false, Math.max(dueNs, firstNs - prefillNs), firstNs, lastNs);
    }

    /** From now on nothing can attain: the TTFT objective and every token's TPOT have passed. */
    static long deadlineNs(SimulatedRequest request) {
        Slo slo = request.slo();
        return request.arrivedNs()
                + slo.getTtftNs()
                + slo.getTpotNs() * (request.outputTokens() - 1L);
    }
}
