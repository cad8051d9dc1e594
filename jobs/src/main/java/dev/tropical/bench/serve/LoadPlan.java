package dev.tropical.bench.serve;

import dev.tropical.protocol.wire.Slo;
import dev.tropical.simulator.SimulatedRequest;
import dev.tropical.simulator.Workload;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which requests a run sends.
 *
 * @param workload lengths and objectives
 * @param kind of arrivals
 * @param burstiness of gamma arrivals
 * @param requests at most so many
 * @param duration only those that are due within it; null for all
 * @param leastTtft no TTFT objective is stricter: that of the shortest prefill measured, where a
 *     fitted cost says less
 */
public record LoadPlan(
        Workload workload,
        ArrivalPlan.Kind kind,
        double burstiness,
        int requests,
        @Nullable Duration duration,
        Duration leastTtft) {
    public LoadPlan {
        if (requests < 1) {
            throw new IllegalArgumentException("requests: " + requests + " (expected: >= 1)");
        }
    }

    /**
     * A run's requests; equal arguments give equal ones.
     *
     * @param rate requests/s; unused where they arrive as recorded
     * @throws IllegalArgumentException when none is due within the duration
     */
    public List<SimulatedRequest> at(double rate, long seed) {
        long endNs = duration == null ? Long.MAX_VALUE : duration.toNanos();
        List<SimulatedRequest> due =
                new ArrivalPlan(kind, rate, burstiness)
                        .requests(workload, requests, seed).stream()
                                .filter(request -> request.arrivedNs() < endNs)
                                .map(this::withLeastTtft)
                                .toList();
        if (due.isEmpty()) {
            throw new IllegalArgumentException(
                    "duration: " + duration + " (expected: that a request is due within it)");
        }
        return due;
    }

    private SimulatedRequest withLeastTtft(SimulatedRequest request) {
        Slo slo = request.slo();
        if (slo.getTtftNs() >= leastTtft.toNanos()) {
            return request;
        }
        return new SimulatedRequest(
                request.id(),
                request.arrivedNs(),
                request.promptTokens(),
                request.outputTokens(),
                slo.toBuilder().setTtftNs(leastTtft.toNanos()).build(),
                request.prefixIds());
    }
}
