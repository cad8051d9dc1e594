package dev.tropical.simulator;

import dev.tropical.protocol.wire.Slo;
import dev.tropical.protocol.wire.StepCost;
import dev.tropical.scheduling.cost.StepTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes requests of a trace's lengths. Equal seeds give equal lengths, and arrivals that differ
 * between two rates by their scale alone, so that systems and rates are compared in pairs.
 *
 * @param lengths to draw from
 * @param cost of the unloaded prefill that TTFT objectives are multiples of
 * @param ttftFactor TTFT objective = factor x own unloaded prefill
 * @param tpotNs TPOT objective
 */
public record Workload(List<TraceEntry> lengths, StepCost cost, double ttftFactor, long tpotNs) {
    private static final double NS_PER_SECOND = 1e9;
    private static final double NS_PER_MS = 1e6;

    public Workload {
        lengths = List.copyOf(lengths);
        if (lengths.isEmpty() || !(ttftFactor > 0) || tpotNs < 1) {
            throw new IllegalArgumentException(
                    "lengths "
                            + lengths.size()
                            + ", ttftFactor "
                            + ttftFactor
                            + ", tpotNs "
                            + tpotNs
                            + " (expected: >= 1, > 0, >= 1)");
        }
    }

    /** The same with prompts of at most so many tokens. */
    public Workload withPromptsUpTo(int tokens) {
        return new Workload(
                lengths.stream().filter(entry -> entry.promptTokens() <= tokens).toList(),
                cost,
                ttftFactor,
                tpotNs);
    }

    /** Lengths drawn with replacement, at {@code rate} requests/s with exponential gaps. */
    public List<SimulatedRequest> poisson(int count, double rate, long seed) {
        return requests(Arrivals.POISSON, count, rate, seed);
    }

    /**
     * @param count at most as many as the trace has when they arrive as recorded
     * @param rate requests/s, of arrivals that are not recorded
     */
    public List<SimulatedRequest> requests(Arrivals arrivals, int count, double rate, long seed) {
        return arrivals == Arrivals.TRACE ? asRecorded(count) : drawn(arrivals, count, rate, seed);
    }

    private List<SimulatedRequest> drawn(Arrivals arrivals, int count, double rate, long seed) {
        Random random = new Random(seed);
        List<SimulatedRequest> requests = new ArrayList<>(count);
        double seconds = 0;
        for (int i = 0; i < count; i++) {
            seconds += arrivals.gapSeconds(i, rate, random);
            TraceEntry entry = lengths.get(random.nextInt(lengths.size()));
            requests.add(request(i, Math.round(seconds * NS_PER_SECOND), entry));
        }
        return requests;
    }

    private List<SimulatedRequest> asRecorded(int count) {
        List<SimulatedRequest> requests = new ArrayList<>();
        for (TraceEntry entry : lengths.subList(0, Math.min(count, lengths.size()))) {
            long arrivedNs = Math.round(entry.arrivedMs() * NS_PER_MS);
            requests.add(request(requests.size(), arrivedNs, entry));
        }
        return requests;
    }

    private SimulatedRequest request(int number, long arrivedNs, TraceEntry entry) {
        long unloadedNs = StepTime.prefillNs(cost, entry.promptTokens(), 0, Integer.MAX_VALUE);
        Slo slo =
                Slo.newBuilder()
                        .setTtftNs(Math.round(ttftFactor * unloadedNs))
                        .setTpotNs(tpotNs)
                        .build();
        return new SimulatedRequest(
                "r" + number,
                arrivedNs,
                entry.promptTokens(),
                entry.outputTokens(),
                slo,
                entry.prefixIds());
    }
}
